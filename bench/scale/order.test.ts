import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { goneTooEarly, type Removal } from './order.ts';

const removal = (kind: string, revision: number, application = 'web', name: string = application): Removal => ({
  kind,
  name,
  application,
  revision: BigInt(revision),
});

describe('the order of an application’s end', () => {
  test('is right when its account, rights and configuration go after its last Pod', () => {
    const dependencies = ['ServiceAccount', 'Role', 'RoleBinding', 'ConfigMap'].map((kind) => removal(kind, 30));
    assert.deepEqual(goneTooEarly([removal('Pod', 10), removal('Pod', 20), removal('Deployment', 21), ...dependencies]), []);
  });

  test('is wrong for each object that goes while a Pod is left, and says how many were', () => {
    const removals = [
      removal('RoleBinding', 15),
      removal('Pod', 10),
      removal('Pod', 20),
      removal('Pod', 40),
      removal('Role', 30),
    ];
    assert.deepEqual(
      goneTooEarly(removals).map(({ kind, podsLeft }) => [kind, podsLeft]),
      [
        ['RoleBinding', 2],
        ['Role', 1],
      ],
    );
  });

  test('concerns each application by itself', () => {
    assert.deepEqual(goneTooEarly([removal('Role', 10, 'one'), removal('Pod', 20, 'other'), removal('Pod', 5, 'one')]), []);
  });

  test('is not the Deployment’s matter, which Kubernetes deletes before or after its Pods', () => {
    assert.deepEqual(goneTooEarly([removal('Deployment', 1), removal('Pod', 20)]), []);
  });

  test('does not depend on the order in which watches tell', () => {
    const event = fc.record({
      kind: fc.constantFrom('Pod', 'Role', 'ConfigMap', 'Deployment'),
      name: fc.string(),
      application: fc.constantFrom('one', 'other'),
      revision: fc.bigInt(1n, 50n),
    });
    const keysOf = (removals: Removal[]) =>
      goneTooEarly(removals)
        .map((early) => JSON.stringify(early))
        .sort();
    fc.assert(
      fc.property(fc.array(event), fc.integer(), (removals, seed) => {
        const shuffled = [...removals].sort(
          (one, other) => Number((one.revision * BigInt(seed)) % 7n) - Number((other.revision * BigInt(seed)) % 7n),
        );
        assert.deepEqual(keysOf(shuffled), keysOf(removals));
      }),
    );
  });
});
