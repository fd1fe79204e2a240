import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import type { Edge } from './edge.ts';
import { concernedBy, indexOf, neighboursOf } from './neighbours.ts';

const id = (name: string) => name as ObjectId;
const edge = (from: string, to: string, rule = 'volume'): Edge => ({
  ...{ from: id(from), to: id(to), rule },
  evidence: [{ object: id(from), field: `needs.${to}` }],
});
/**
 * A Deployment with its Pod, which mounts a Secret; the Secret was made out of a custom resource; a webhook needs the
 * Deployment.
 */
const edges = [
  edge('Deployment', 'ReplicaSet', 'owner'),
  edge('ReplicaSet', 'Pod', 'owner'),
  edge('Deployment', 'Secret'),
  edge('Pod', 'Secret'),
  edge('Certificate', 'Secret', 'owner'),
  edge('Certificate', 'Issuer', 'controller'),
  edge('Webhook', 'Deployment', 'webhook'),
  edge('Webhook', 'Pod', 'webhook'),
  edge('Secret', 'Namespace', 'namespace'),
];
const index = indexOf({ edges, components: [] });
const of = (name: string) => neighboursOf(index, id(name));
const far = (list: readonly { id: ObjectId; distance: number }[]) => list.map((each) => `${each.id} ${each.distance}`);

describe('the neighbours of an object', () => {
  test('are what needs it, nearest first, and what those need it for in turn', () => {
    const { neededBy, needs, made, makers } = of('Secret');
    assert.deepEqual(far(neededBy), ['Deployment 1', 'Pod 1', 'Webhook 2', 'ReplicaSet 2']);
    assert.deepEqual(far(needs), ['Namespace 1']);
    assert.deepEqual(far(made), []);
    assert.deepEqual(makers, ['Certificate']);
    const madeBy = neededBy.map(({ maker }) => maker);
    assert.deepEqual(madeBy, [undefined, 'ReplicaSet', undefined, 'Deployment']);
  });

  test('count what was made out of it as its own: who deletes it deletes that', () => {
    const { neededBy, made, needs } = of('Certificate');
    assert.deepEqual(far(made), ['Secret 1']);
    assert.ok(neededBy.some((each) => each.id === 'Deployment' && each.distance === 1));
    assert.deepEqual(far(needs), ['Issuer 1', 'Namespace 1']);
  });

  test('are no makers: a Pod that is deleted alone comes again, and its Deployment does not miss it', () => {
    const { neededBy, makers } = of('Pod');
    assert.deepEqual(makers, ['ReplicaSet', 'Deployment']);
    assert.deepEqual(far(neededBy), ['Webhook 1']);
  });

  test('carry every edge by which they were reached', () => {
    const both = neighboursOf(indexOf({ edges: [...edges, edge('Pod', 'Secret', 'environment')], components: [] }), id('Secret'));
    const pod = both.neededBy.find((each) => each.id === 'Pod');
    const rules = pod?.by.map(({ rule }) => rule);
    assert.deepEqual(rules, ['volume', 'environment']);
  });

  test('end in circles too', () => {
    const circle = indexOf({ edges: [edge('a', 'b'), edge('b', 'c'), edge('c', 'a')], components: [] });
    assert.deepEqual(far(neighboursOf(circle, id('a')).needs), ['b 1', 'c 2']);
    assert.deepEqual(far(neighboursOf(circle, id('a')).neededBy), ['c 1', 'b 2']);
  });

  test('are found through components that depend on each other', () => {
    const components = [
      { name: 'data', dependsOn: [], objects: [id('Claim')] },
      { name: 'app', dependsOn: ['data'], objects: [id('Server')] },
    ];
    const { neededBy } = neighboursOf(indexOf({ edges: [], components }), id('Claim'));
    assert.deepEqual(far(neededBy), ['Server 1']);
    assert.deepEqual(neededBy[0]?.by[0]?.evidence, [{ object: 'Server', field: 'component app, dependsOn', value: 'data' }]);
  });
});

test('what is concerned by a deletion goes along or needs it, at whatever distance', () => {
  assert.deepEqual([...concernedBy(index, [id('Secret')])].sort(), ['Deployment', 'Pod', 'ReplicaSet', 'Secret', 'Webhook']);
  assert.deepEqual([...concernedBy(index, [id('Webhook')])], ['Webhook']);
});
