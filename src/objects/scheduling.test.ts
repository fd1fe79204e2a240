import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isTolerated, isWanted, missingLabel, taintsOf } from './scheduling.ts';

describe('a taint', () => {
  const taint = { key: 'gpu', value: 'a', effect: 'NoSchedule' };

  test('is read with what it leaves out, and there may be none', () => {
    assert.deepEqual(taintsOf({ taints: [{ key: 'gpu', effect: 'NoExecute' }, 7] }), [
      { key: 'gpu', value: '', effect: 'NoExecute' },
      { key: '', value: '', effect: '' },
    ]);
    assert.deepEqual(taintsOf(undefined), []);
  });

  test('is tolerated by key and value, by key, or whatever it is, for its effect or every one', () => {
    for (const toleration of [
      { operator: 'Exists' },
      { key: 'gpu', operator: 'Exists' },
      { key: 'gpu', value: 'a', effect: 'NoSchedule' },
    ])
      assert.ok(isTolerated(taint, [toleration]), JSON.stringify(toleration));
    for (const toleration of [
      { key: 'gpu' },
      { value: 'a' },
      { key: 'cpu', operator: 'Exists' },
      { operator: 'Exists', effect: 'NoExecute' },
      { key: 'gpu', operator: 'Like', value: 'a' },
    ])
      assert.ok(!isTolerated(taint, [toleration]), JSON.stringify(toleration));
    assert.ok(!isTolerated(taint, undefined));
  });

  test('can be bounded by a number', () => {
    const level = (operator: string, value: string) =>
      isTolerated({ key: 'sla', value: '95', effect: 'NoSchedule' }, [{ key: 'sla', operator, value }]);
    assert.ok(level('Gt', '90') && level('Lt', '+96'));
    assert.ok(!level('Gt', '95') && !level('Lt', '95') && !level('Lt', 'many'));
  });

  test('that only prefers other Pods keeps none away', () =>
    assert.ok(isTolerated({ ...taint, effect: 'PreferNoSchedule' }, [])));
});

describe('a node', () => {
  const node = { name: 'n1', labels: { zone: 'a', cores: '8' } };
  const requiring = (...nodeSelectorTerms: unknown[]) => ({
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
  });
  const where = (key: string, operator: string, ...values: string[]) => ({ matchExpressions: [{ key, operator, values }] });

  test('lacks a label that the node selector names', () => {
    assert.deepEqual(missingLabel(node.labels, { nodeSelector: { zone: 'a', cores: '4' } }), ['cores', '4']);
    assert.equal(missingLabel(node.labels, { nodeSelector: { zone: 'a' } }), undefined);
    assert.equal(missingLabel(node.labels, {}), undefined);
  });

  test('is wanted by a term of which every requirement holds, and by any Pod that requires nothing', () => {
    for (const term of [
      where('zone', 'In', 'a'),
      where('zone', 'NotIn', 'b'),
      where('disk', 'DoesNotExist'),
      where('cores', 'Gt', '7'),
    ])
      assert.ok(isWanted(node, requiring(where('disk', 'Exists'), term)), JSON.stringify(term));
    for (const term of [
      where('cores', 'Lt', '8'),
      where('cores', 'Gt', '1', '2'),
      where('disk', 'Gt', '1'),
      where('zone', 'Like', 'a'),
      {},
    ])
      assert.ok(!isWanted(node, requiring(term)), JSON.stringify(term));
    assert.ok(!isWanted(node, requiring()));
    assert.ok(isWanted(node, {}));
  });

  test('is wanted by its name', () => {
    const named = (value: string) => requiring({ matchFields: [{ key: 'metadata.name', operator: 'In', values: [value] }] });
    assert.ok(isWanted(node, named('n1')) && !isWanted(node, named('n2')));
  });
});
