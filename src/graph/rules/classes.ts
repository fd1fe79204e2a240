/** Pods name a PriorityClass and a RuntimeClass; admission refuses every new Pod whose class does not exist. */
import { textOf } from '../../objects/fields.ts';
import { makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule } from '../edge.ts';

export const priorityClass: EdgeRule = {
  name: 'priority-class',
  why: 'Without its PriorityClass no Pod of the workload can be created.',
  find: (world) => classEdges(world, 'priority-class', 'priorityClassName', 'scheduling.k8s.io', 'PriorityClass'),
};

export const runtimeClass: EdgeRule = {
  name: 'runtime-class',
  why: 'Without its RuntimeClass no Pod of the workload can be created or restarted.',
  find: (world) => classEdges(world, 'runtime-class', 'runtimeClassName', 'node.k8s.io', 'RuntimeClass'),
};

function classEdges(
  { workloads }: Parameters<EdgeRule['find']>[0],
  rule: string,
  field: string,
  group: string,
  kind: string,
): Edge[] {
  return workloads.flatMap(({ id, podSpec, podSpecPath }) => {
    const value = textOf(podSpec[field]);
    if (value === undefined) return [];
    const evidence = [{ object: id, field: `${podSpecPath}.${field}`, value }];
    return [{ from: id, to: makeId(group, kind, undefined, value), rule, evidence }];
  });
}
