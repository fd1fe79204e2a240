import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../errors.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { buildGraph } from './build.ts';
import type { Component } from './edge.ts';

const configMap = (name: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'a' },
});
const pod = (name: string, spec: Record<string, unknown>): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'a' },
  spec,
});

describe('buildGraph', () => {
  test('leaves out edges to objects that are not given', () => {
    const graph = buildGraph({ objects: [pod('p', { serviceAccountName: 'absent' })] });
    assert.deepEqual(graph.edges, []);
  });

  test('merges the evidence of edges that one rule finds twice', () => {
    const volumes = [{ configMap: { name: 'c' } }, { projected: { sources: [{ configMap: { name: 'c' } }] } }];
    const graph = buildGraph({ objects: [pod('p', { volumes }), configMap('c')] });
    assert.equal(graph.edges.length, 1);
    const fields = graph.edges[0]?.evidence.map(({ field }) => field);
    assert.deepEqual(fields, ['spec.volumes[0].configMap.name', 'spec.volumes[1].projected.sources[0].configMap.name']);
  });

  const one = configMap('one');
  const two = configMap('two');
  const [first, second] = [idOf(one), idOf(two)];
  const refusals: { name: string; objects?: KubernetesObject[]; components: Component[]; field: string; says: RegExp }[] = [
    {
      name: 'a dependsOn of nothing',
      components: [{ name: 'x', dependsOn: ['y'], objects: [first] }],
      field: 'spec.components[0].dependsOn[0]',
      says: /"y", which does not exist/,
    },
    {
      name: 'a component that depends on itself',
      components: [{ name: 'x', dependsOn: ['x'], objects: [] }],
      field: 'spec.components[0].dependsOn[0]',
      says: /itself/,
    },
    {
      name: 'two components of one name',
      components: [
        { name: 'x', dependsOn: [], objects: [] },
        { name: 'x', dependsOn: [], objects: [] },
      ],
      field: 'spec.components[1].name',
      says: /spec\.components\[0\] and spec\.components\[1\]/,
    },
    {
      name: 'an object in two components',
      components: [
        { name: 'x', dependsOn: [], objects: [first] },
        { name: 'y', dependsOn: [], objects: [second, first] },
      ],
      field: 'spec.components[1].objects[1]',
      says: /spec\.components\[0\]\.objects\[0\] and spec\.components\[1\]\.objects\[1\]/,
    },
    {
      name: 'a component of an object that is not given',
      components: [{ name: 'x', dependsOn: [], objects: ['ConfigMap/a/three' as ObjectId] }],
      field: 'spec.components[0].objects[0]',
      says: /not among the objects/,
    },
    {
      name: 'an object that is given twice',
      objects: [one, two, one],
      components: [],
      field: 'objects[2]',
      says: /objects\[0\] and objects\[2\]/,
    },
  ];
  for (const { name, objects = [one, two], components, field, says } of refusals) {
    test(`refuses ${name}, with the field's path`, () => {
      assert.throws(
        () => buildGraph({ objects, components }),
        (error) => {
          assert.ok(isCode(error, 'bad-input'));
          assert.equal(error.details.field, field);
          assert.match(error.message, says);
          return true;
        },
      );
    });
  }
});
