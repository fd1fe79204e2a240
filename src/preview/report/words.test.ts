import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preview } from '../document.ts';
import { bad, clean } from './testing/previews.ts';
import { commandOf, countsOf, duration, endingOf, placeOf } from './words.ts';

const as = (subject: Partial<Preview['subject']>, scenario: Partial<Preview['scenario']>) =>
  commandOf({ ...bad, subject: { ...bad.subject, ...subject }, scenario: { ...bad.scenario, wait: false, ...scenario } });

describe('the words of the reports', () => {
  test('name the command as a person would type it', () => {
    assert.equal(as({}, {}), 'helm uninstall agent -n shop');
    assert.equal(as({}, { wait: true, hooks: false }), 'helm uninstall agent -n shop --wait --no-hooks');
    assert.equal(as({ from: 'chart', name: './agent' }, { tool: 'helm3' }), 'helm uninstall of ./agent');
    assert.equal(as({ from: 'files', name: 'a.yaml' }, { tool: 'kubectl' }), 'kubectl delete -f a.yaml');
    assert.equal(as({ from: 'namespace', name: 'shop' }, { tool: 'namespace' }), 'kubectl delete namespace shop');
    assert.equal(as({}, { tool: 'bookend' }), 'a teardown of agent by Bookend');
  });

  test('say how it ends, and what stays', () => {
    assert.equal(endingOf(clean), 'reports success after 0.0s; the cluster settles after 0.0s; nothing remains');
    assert.equal(endingOf(bad), 'never ends (context deadline exceeded); 1 object remains');
    assert.equal(endingOf({ ...clean, outcome: 'failed', message: 'forbidden' }), 'fails after 0.0s: forbidden; nothing remains');
    const findings = bad.findings.map((finding) => ({ ...finding, severity: 'warning' as const }));
    assert.match(endingOf({ ...bad, findings }), /^may never end /);
    const left = bad.left.map((each) => ({ ...each, supposed: true as const }));
    assert.match(endingOf({ ...bad, left }), /; nothing remains$/);
  });

  test('count findings by severity', () => {
    assert.equal(countsOf(bad.findings), '1 error, 1 warning');
    assert.equal(countsOf([]), 'nothing');
  });

  test('name the place of evidence as editors understand it, or the template', () => {
    assert.equal(placeOf({ origin: { file: 'a.yaml', line: 3 } }), 'a.yaml:3');
    assert.equal(placeOf({ origin: { source: 'x/templates/a.yaml' } }), 'x/templates/a.yaml');
    assert.equal(placeOf({}), undefined);
  });

  test('write durations as people read them', () => {
    assert.deepEqual([240, 12_440, 252_000, 7_500_000].map(duration), ['0.2s', '12.4s', '4m12s', '2h5m']);
  });
});
