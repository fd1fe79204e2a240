import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Finding, readFindings, writeFinding } from './finding.ts';
import { judge, type Known } from './judge.ts';
import type { NodeFacts } from './node.ts';
import { describePool, poolKey } from './pools.ts';
import { facts } from './testing/nodes.ts';

const found = (node: NodeFacts, outcome: Finding['outcome'], message = ''): [string, Finding] => [
  poolKey(node),
  { pool: describePool(node), outcome, message, at: 0, tries: 0 },
];
const good = facts('good');
const other = facts('other', {
  runtime: 'cri-o://1.33.0',
  labels: { kind: 'other' },
  taints: [{ key: 'other', effect: 'NoSchedule' }],
});
const known = (...findings: [string, Finding][]): Known => ({
  version: 'v1.37.2',
  nodes: [good, other],
  findings: new Map(findings),
});
const reason = (from: Known, spec = {}) => {
  const judged = judge(from, spec);
  return judged.known ? 'known' : judged.reason;
};
const tolerant = { tolerations: [{ operator: 'Exists' }] };

describe('Image volumes may be counted on', () => {
  test('when they work on every node that the Pod could get to', () => {
    assert.deepEqual(judge(known(found(good, 'works')), {}), { known: true });
    assert.deepEqual(judge(known(found(good, 'works'), found(other, 'works')), tolerant), { known: true });
  });

  test('not when there is a single one where they were not tried, do not work, or nobody could find out', () => {
    const like = 'nodes like other (cri-o 1.33.0, kubelet v1.37.2, linux/amd64, Some Linux)';
    assert.equal(reason(known(found(good, 'works')), tolerant), `image volumes have not been tried yet on ${like}`);
    const fails = known(found(good, 'works'), found(other, 'fails', 'it saw nothing'));
    assert.equal(reason(fails, tolerant), `image volumes do not work on ${like}: it saw nothing`);
    assert.equal(reason(fails), 'known', 'a Pod that cannot get there does not mind');
    const unclear = known(found(good, 'works'), found(other, 'unclear', 'no room'));
    assert.equal(reason(unclear, tolerant), `whether image volumes work on ${like} could not be found out: no room`);
  });

  test('not for a Pod with more conditions of its nodes than anybody compares with each of thousands', () => {
    const nodes = Array.from({ length: 5_000 }, (_, index) => facts(`node-${index}`));
    const from = { ...known(found(good, 'works')), nodes };
    const many = Array.from({ length: 20_000 }, (_, index) => ({ key: `k${index}`, operator: 'Exists' }));
    const terms = [{ matchExpressions: [{ key: 'a', operator: 'In', values: many.map(({ key }) => key) }] }];
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms } } };
    const began = performance.now();
    for (const spec of [{ tolerations: many }, { affinity }]) {
      assert.equal(reason(from, spec), 'the Pod has more tolerations and node selectors than are compared with all nodes');
    }
    assert.ok(performance.now() - began < 500);
  });

  test('not when the versions rule them out, whatever was found', () => {
    const old = facts('old', { runtime: 'containerd://1.7.0' });
    const from = { ...known(found(good, 'works'), found(old, 'works')), nodes: [good, old] };
    assert.equal(reason(from), 'node old has containerd 1.7.0, and directories of images can be mounted from 2.2 on');
    const says = 'the API server is v1.34.0, and image volumes are there from v1.35 on';
    assert.equal(reason({ ...known(found(good, 'works')), version: 'v1.34.0' }), says);
  });

  test('not for a Pod with a runtime or a user namespace of its own: nobody tried that', () => {
    const from = known(found(good, 'works'));
    assert.match(reason(from, { runtimeClassName: 'kata' }), /RuntimeClass kata/);
    assert.match(reason(from, { hostUsers: false }), /hostUsers: false/);
    assert.equal(reason(from, { hostUsers: true }), 'known');
  });

  test('not while nothing was read, and not where no node is', () => {
    assert.match(reason({ ...known(), nodes: undefined }), /have not been read yet/);
    assert.match(reason({ ...known(), version: undefined }), /have not been read yet/);
    const seen = reason(known(found(good, 'works')), { nodeSelector: { kind: 'none' } });
    assert.match(seen, /^no node that is in the cluster now could run the Pod/);
  });

  test('not for what another pool of the same key was found to be', () => {
    const [key, finding] = found(good, 'works');
    assert.match(reason(known([key, { ...finding, pool: 'something else' }])), /not been tried yet/);
  });
});

describe('A finding', () => {
  const finding: Finding = { pool: 'p', outcome: 'fails', message: 'm', node: 'n', at: Date.UTC(2026, 0, 1), tries: 3 };
  const read = (text: string) =>
    readFindings({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: { key: text } }).get('key');

  test('is read as it was written', () => {
    assert.deepEqual(read(writeFinding(finding)), finding);
    const { node: _, ...without } = finding;
    assert.deepEqual(read(writeFinding(without)), without);
  });

  test('that somebody damaged is none', () => {
    for (const text of [
      '',
      '{',
      '[]',
      '"works"',
      '{"outcome":"works"}',
      '{"pool":"p","outcome":"perhaps","at":"2026-01-01T00:00:00Z"}',
      '{"pool":"p","outcome":"works","at":"once"}',
    ]) {
      assert.equal(read(text), undefined, text);
    }
    assert.equal(readFindings(undefined).size, 0);
    assert.equal(read('{"pool":"p","outcome":"fails","at":"2026-01-01T00:00:00Z","tries":"many"}')?.tries, 0);
  });
});
