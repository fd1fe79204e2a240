/**
 * Where a Pod could go. The scheduler of the simulated cluster, which was written from the same documentation by
 * itself, is the second opinion.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Stored } from '../cluster/simulated/api/store.ts';
import { accepts } from '../cluster/simulated/kubelet/scheduler.ts';
import { replay } from '../graph/testing/arbitrary.ts';
import { eligibleNodes } from './eligible.ts';
import { factsOf } from './node.ts';
import { facts, type NodeOptions, node } from './testing/nodes.ts';

const isEligible = (options: NodeOptions, spec: Record<string, unknown>) =>
  eligibleNodes([facts('n', options)], spec).length === 1;
const required = (...nodeSelectorTerms: object[]) => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});

describe('The nodes that a Pod could get to', () => {
  test('are all that there are, for a Pod that asks for nothing', () => {
    const nodes = [facts('a'), facts('b')];
    assert.deepEqual(eligibleNodes(nodes, {}), nodes);
  });

  test('are the very one that it names', () => {
    const nodes = [facts('a'), facts('b', { taints: [{ key: 'x', effect: 'NoSchedule' }] })];
    assert.deepEqual(eligibleNodes(nodes, { nodeName: 'b' }), [nodes[1]]);
    assert.deepEqual(eligibleNodes(nodes, { nodeName: 'c' }), []);
  });

  test('are none for Windows: a share cannot be there', () => {
    assert.ok(!isEligible({ os: 'windows' }, {}));
  });

  test('are also those that are cordoned, not ready, under pressure or still starting: they may take it later', () => {
    const keys = [
      'node.kubernetes.io/not-ready',
      'node.kubernetes.io/disk-pressure',
      'node.kubernetes.io/unschedulable',
      'node.cloudprovider.kubernetes.io/uninitialized',
      'karpenter.sh/unregistered',
      'node.cilium.io/agent-not-ready',
      'ToBeDeletedByClusterAutoscaler',
    ];
    for (const key of keys) assert.ok(isEligible({ taints: [{ key, effect: 'NoSchedule' }] }, {}), key);
    assert.ok(isEligible({ cordoned: true, ready: false }, {}));
  });

  test('are not those whose taints it does not tolerate', () => {
    const taints = [{ key: 'gpu', value: 'a', effect: 'NoSchedule' }];
    assert.ok(!isEligible({ taints }, {}));
    assert.ok(isEligible({ taints: [{ ...taints[0], effect: 'PreferNoSchedule' }] }, {}));
    for (const toleration of [
      { operator: 'Exists' },
      { key: 'gpu', operator: 'Exists' },
      { key: 'gpu', value: 'a' },
      { key: 'gpu', operator: 'Equal', value: 'a', effect: 'NoSchedule' },
    ]) {
      assert.ok(isEligible({ taints }, { tolerations: [toleration] }), JSON.stringify(toleration));
    }
    for (const toleration of [
      { key: 'gpu' },
      { key: 'gpu', value: 'b' },
      { key: 'other', operator: 'Exists' },
      { key: 'gpu', operator: 'Exists', effect: 'NoExecute' },
      { value: 'a' },
    ]) {
      assert.ok(!isEligible({ taints }, { tolerations: [toleration] }), JSON.stringify(toleration));
    }
  });

  test('may be bounded by a number in a taint', () => {
    const taints = [{ key: 'sla', value: '95', effect: 'NoSchedule' }];
    assert.ok(isEligible({ taints }, { tolerations: [{ key: 'sla', operator: 'Gt', value: '90' }] }));
    assert.ok(!isEligible({ taints }, { tolerations: [{ key: 'sla', operator: 'Gt', value: '95' }] }));
    assert.ok(isEligible({ taints }, { tolerations: [{ key: 'sla', operator: 'Lt', value: '96' }] }));
    assert.ok(!isEligible({ taints }, { tolerations: [{ key: 'sla', operator: 'Lt', value: 'many' }] }));
  });

  test('satisfy one of the terms of its affinity, each as a whole', () => {
    const labels = { zone: 'a', disk: '20' };
    const expression = (key: string, operator: string, ...values: string[]) => ({ key, operator, values });
    const zone = expression('zone', 'In', 'a', 'b');
    assert.ok(isEligible({ labels }, required({ matchExpressions: [zone, expression('disk', 'Gt', '10')] })));
    assert.ok(!isEligible({ labels }, required({ matchExpressions: [zone, expression('disk', 'Lt', '10')] })));
    assert.ok(
      isEligible({ labels }, required({ matchExpressions: [expression('zone', 'NotIn', 'a')] }, { matchExpressions: [zone] })),
    );
    assert.ok(
      isEligible({ labels }, required({ matchFields: [expression('metadata.name', 'In', 'n')], matchExpressions: [zone] })),
    );
    assert.ok(!isEligible({ labels }, required({ matchFields: [expression('metadata.name', 'NotIn', 'n')] })));
    assert.ok(!isEligible({ labels }, required({})), 'an empty term selects nothing');
    assert.ok(!isEligible({ labels }, required()), 'no term selects nothing');
  });

  test('are those where the scheduler of the simulated cluster would place it, for random nodes and Pods', () => {
    fc.assert(
      fc.property(fc.array(nodeOptions, { minLength: 1, maxLength: 4 }), podSpec, (options, spec) => {
        const nodes = options.map((each, index) => node(`n${index}`, each));
        const eligible = eligibleNodes(nodes.map(factsOf), spec).map(({ name }) => name);
        const expected = nodes.filter((each) => accepts(each as Stored, spec)).map(({ metadata }) => metadata.name);
        assert.deepEqual(eligible, expected);
      }),
      { numRuns: 2_000, ...replay },
    );
  });
});

const key = fc.constantFrom('a', 'b', 'c');
const value = fc.constantFrom('1', '2', '10', 'x');
const effect = fc.constantFrom('NoSchedule', 'NoExecute', 'PreferNoSchedule');
const nodeOptions = fc.record({
  labels: fc.dictionary(key, value, { maxKeys: 3 }),
  taints: fc.array(fc.record({ key, value, effect }), { maxLength: 2 }),
});
const toleration = fc.oneof(
  fc.record({ key, operator: fc.constant('Equal'), value, effect }, { requiredKeys: ['key', 'operator', 'value'] }),
  fc.record({ key, operator: fc.constant('Exists'), effect }, { requiredKeys: ['operator'] }),
);
const expression = fc.oneof(
  fc.record({ key, operator: fc.constantFrom('In', 'NotIn'), values: fc.array(value, { minLength: 1, maxLength: 2 }) }),
  fc.record({ key, operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  fc.record({ key, operator: fc.constantFrom('Gt', 'Lt'), values: fc.tuple(fc.constantFrom('1', '5', '10')) }),
);
const field = fc.record({
  key: fc.constant('metadata.name'),
  operator: fc.constantFrom('In', 'NotIn'),
  values: fc.tuple(fc.constantFrom('n0', 'n1')),
});
const term = fc
  .record({ matchExpressions: fc.array(expression, { maxLength: 2 }), matchFields: fc.array(field, { maxLength: 1 }) })
  .filter(({ matchExpressions, matchFields }) => matchExpressions.length + matchFields.length > 0);
const podSpec = fc
  .record(
    {
      nodeName: fc.constantFrom('n0', 'n1'),
      nodeSelector: fc.dictionary(key, value, { maxKeys: 1 }),
      tolerations: fc.array(toleration, { maxLength: 2 }),
      terms: fc.array(term, { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  // A Pod that names its node goes there, which leaves nothing to look at.
  .map(({ nodeName, terms, ...spec }) => ({ ...spec, ...(terms ? required(...terms) : nodeName && { nodeName }) }));
