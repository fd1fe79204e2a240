import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Finding } from '../../src/preview/finding.ts';
import type { Expectation } from './expectation.ts';
import { recallOf, scoreOf } from './score.ts';

const definitions = { kind: 'CustomResourceDefinition', apiVersion: 'apiextensions.k8s.io/v1', name: 'widgets.example.com' };

function finding(rule: string, objects: Finding['objects'], severity: Finding['severity'] = 'warning'): Finding {
  const texts = { title: 'A title', consequence: 'It goes.', remedies: [] };
  return { rule, severity, ...texts, objects, evidence: [], bookend: 'same', scenario: 'helm4' };
}

function hazard(kind: Expectation['hazards'][number]['kind'], object: string): Expectation['hazards'][number] {
  return { kind, when: 'manifest', objects: [object], what: 'Something goes.', evidence: ['x:1'], sure: 'high' };
}

function expecting(part: Partial<Expectation>): Expectation {
  const chart = { repository: 'https://github.com/example/chart', commit: '0'.repeat(40), path: '.' };
  return { chart, values: {}, sources: [], hazards: [], mustNotSay: [], judged: [], ...part };
}

describe('The score of a chart', () => {
  const lost = hazard('custom-resources-lost', 'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com');

  test('counts a hazard as found if a rule of its kind names one of its objects', () => {
    const score = scoreOf('one', expecting({ hazards: [lost] }), [finding('custom-resources-wiped', [definitions])]);
    assert.deepEqual([score.found.length, score.missed.length, score.expected.length], [1, 0, 1]);
    const otherRule = scoreOf('one', expecting({ hazards: [lost] }), [finding('webhook-blocks', [definitions])]);
    assert.deepEqual([otherRule.found.length, otherRule.missed.length, otherRule.unjudged.length], [0, 1, 1]);
    const otherName = { ...definitions, name: 'gadgets.example.com' };
    const other = scoreOf('one', expecting({ hazards: [lost] }), [finding('custom-resources-wiped', [otherName])]);
    assert.equal(other.found.length, 0);
  });

  test('takes a kind without a name for any object of it, also in what a finding says', () => {
    const hazards = [hazard('finalizer-stuck', 'Widget.example.com'), hazard('secrets-left', 'Secret/RELEASE-tls')];
    const said = { ...finding('finalizer-unserved', []), consequence: 'Widgets of users hang.' };
    const secret = finding('left-behind', [{ kind: 'Secret', apiVersion: 'v1', namespace: 'a', name: 'try-tls' }]);
    assert.equal(recallOf([scoreOf('one', expecting({ hazards }), [said, secret])]), 1);
  });

  test('calls untrue what the expectation forbids, unless it is a note, and lists the rest as unjudged', () => {
    const mustNotSay = [{ ...lost, why: 'They are in crds/.' }];
    const score = scoreOf('one', expecting({ mustNotSay }), [
      finding('custom-resources-wiped', [definitions], 'error'),
      finding('custom-resources-wiped', [definitions], 'note'),
      finding('webhook-blocks', []),
    ]);
    assert.deepEqual([score.untrue.length, score.expected.length, score.unjudged.length], [1, 0, 1]);
    assert.equal(recallOf([score]), 1);
  });

  test('takes what a person judged afterwards for what it was judged to be', () => {
    const judgement = {
      rule: 'webhook-blocks',
      objects: ['CustomResourceDefinition.apiextensions.k8s.io'],
      why: 'Seen in the source.',
    };
    const found = [finding('webhook-blocks', [definitions])];
    const isTrue = scoreOf('one', expecting({ judged: [{ ...judgement, isTrue: true }] }), found);
    assert.deepEqual([isTrue.judgedTrue.length, isTrue.untrue.length, isTrue.unjudged.length], [1, 0, 0]);
    const isFalse = scoreOf('one', expecting({ judged: [{ ...judgement, isTrue: false }] }), found);
    assert.deepEqual([isFalse.judgedTrue.length, isFalse.untrue.length, isFalse.unjudged.length], [0, 1, 0]);
  });
});
