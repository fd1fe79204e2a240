import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Log, Result } from 'sarif';
import type { Preview } from '../document.ts';
import type { Finding } from '../finding.ts';
import { sarifReport } from './sarif.ts';
import { bad, clean, withoutBookend } from './testing/previews.ts';

const rules = [
  { id: 'unserved-finalizer', name: 'Finalizer without a controller', means: 'It stays.', severity: 'warning' },
  { id: 'permissions-before-pods', name: 'Permissions end first', means: 'Pods lose their rights.', severity: 'error' },
] as const;

function run(preview: Preview) {
  const log = JSON.parse(sarifReport(preview, { version: '0.1.0', rules })) as Log;
  const [first] = log.runs;
  assert.ok(first);
  return { log, first, results: first.results ?? [] };
}

const fingerprints = (results: Result[]) => results.map(({ partialFingerprints }) => partialFingerprints?.['bookendFinding/v1']);

describe('the SARIF report', () => {
  test('is one run of version 2.1.0 with every rule and its help, also without findings', () => {
    const { log, first, results } = run(clean);
    assert.equal(log.version, '2.1.0');
    assert.match(log.$schema ?? '', /sarif-schema-2\.1\.0\.json$/);
    assert.deepEqual(results, []);
    const { driver } = first.tool;
    assert.deepEqual([driver.name, driver.semanticVersion], ['bookend', '0.1.0']);
    assert.deepEqual(
      driver.rules?.map(({ id, name, help, defaultConfiguration }) => [id, name, help?.text, defaultConfiguration?.level]),
      [
        ['unserved-finalizer', 'UnservedFinalizer', 'It stays.', 'warning'],
        ['permissions-before-pods', 'PermissionsBeforePods', 'Pods lose their rights.', 'error'],
      ],
    );
  });

  test('says of each finding its rule by index, its level, and where it is written', () => {
    const { first, results } = run(bad);
    const [finding, other] = results;
    assert.equal(first.tool.driver.rules?.[finding?.ruleIndex ?? -1]?.id, 'permissions-before-pods');
    assert.deepEqual([finding?.level, other?.level], ['error', 'warning']);
    assert.deepEqual(finding?.locations?.[0]?.physicalLocation, {
      artifactLocation: { uri: 'manifests/agent.yaml' },
      region: { startLine: 12 },
    });
    assert.match(finding?.message.text ?? '', /lose their rights.*fails with 403.*Delete the DaemonSet first/);
    assert.equal(other?.locations?.[0]?.physicalLocation, undefined);
    assert.equal(other?.locations?.[0]?.logicalLocations?.[0]?.fullyQualifiedName, 'Widget shop/first');
  });

  test('has fingerprints that stay while lines and words change, and tell findings apart', () => {
    const moved = bad.findings.map(
      (finding): Finding => ({
        ...finding,
        title: 'in other words',
        evidence: finding.evidence.map((each) => ({ ...each, says: 'other', origin: { file: 'b.yaml', line: 99 } })),
      }),
    );
    const before = fingerprints(run(bad).results);
    assert.deepEqual(fingerprints(run({ ...bad, findings: moved }).results), before);
    assert.equal(new Set(before).size, 2);
    assert.ok(before.every((each) => /^[0-9a-f]{32}$/.test(each ?? '')));
  });

  test('says of Bookend what was played, and nothing where nobody did', () => {
    assert.match(run(bad).results[0]?.message.text ?? '', / \(With Bookend: prevented\.\)$/);
    const [finding] = run(withoutBookend(bad)).results;
    assert.match(
      finding?.message.text ?? '',
      /bookend: \{delete: \[\{kind: daemonsets\.apps, names: \[agent\], namespace: shop\}\]\}`\.$/,
    );
    assert.equal(finding?.properties?.bookend, 'not-played');
  });

  test('writes paths as URIs, absolute ones with their scheme', () => {
    const [finding] = bad.findings;
    const [evidence] = finding?.evidence ?? [];
    assert.ok(finding && evidence);
    const uri = (file: string) => {
      const at = { ...finding, evidence: [{ ...evidence, origin: { file, line: 1 } }] };
      return run({ ...bad, findings: [at] }).results[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri;
    };
    assert.equal(uri('./my chart/a.yaml'), 'my%20chart/a.yaml');
    assert.equal(uri('/tmp/a.yaml'), 'file:///tmp/a.yaml');
  });

  test('describes a rule that nobody listed, since SARIF wants every rule described', () => {
    const [finding] = bad.findings;
    assert.ok(finding);
    const { first, results } = run({ ...bad, findings: [{ ...finding, rule: 'another' }] });
    assert.equal(first.tool.driver.rules?.[results[0]?.ruleIndex ?? -1]?.id, 'another');
  });
});
