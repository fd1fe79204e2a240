/**
 * Pods name a PriorityClass and a RuntimeClass; admission refuses every new Pod whose class does not exist. A
 * FlowSchema without its PriorityLevelConfiguration is dangling: the API server ignores it.
 */
import { fieldAt } from '../../objects/fields.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { named } from './named.ts';

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

export const priorityLevel: EdgeRule = {
  name: 'priority-level',
  why: 'Without its PriorityLevelConfiguration a FlowSchema has no effect.',
  find: (world) =>
    world.ofKind(flowControl, 'FlowSchema').flatMap((schema) => {
      const field = 'spec.priorityLevelConfiguration.name';
      const reference = { rule: 'priority-level', from: world.idOf(schema), field, value: fieldAt(schema, ...field.split('.')) };
      return named(reference, flowControl, 'PriorityLevelConfiguration');
    }),
};

const flowControl = 'flowcontrol.apiserver.k8s.io';

function classEdges({ workloads }: World, rule: string, field: string, group: string, kind: string): Edge[] {
  return workloads.flatMap(({ id, podSpec, podSpecPath }) =>
    named({ rule, from: id, field: `${podSpecPath}.${field}`, value: podSpec[field] }, group, kind),
  );
}
