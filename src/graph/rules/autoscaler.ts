/**
 * An autoscaler goes before its target: it would scale what is being taken down, and reports errors once the target is
 * gone.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { groupOf, makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule } from '../edge.ts';

export const autoscaler: EdgeRule = {
  name: 'autoscaler',
  why: 'An autoscaler without its target fails.',
  find: (world) =>
    world.ofKind('autoscaling', 'HorizontalPodAutoscaler').flatMap((object): Edge[] => {
      const target = fieldAt(object, 'spec', 'scaleTargetRef');
      const kind = textOf(fieldAt(target, 'kind'));
      const value = textOf(fieldAt(target, 'name'));
      if (kind === undefined || value === undefined) return [];
      const from = world.idOf(object);
      const group = groupOf(textOf(fieldAt(target, 'apiVersion')) ?? '');
      const evidence = [{ object: from, field: 'spec.scaleTargetRef.name', value }];
      return [{ from, to: makeId(group, kind, object.metadata.namespace, value), rule: 'autoscaler', evidence }];
    }),
};
