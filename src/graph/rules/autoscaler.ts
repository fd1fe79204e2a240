/**
 * An autoscaler goes before its target: it would scale what is being taken down, and reports errors once the target is
 * gone.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import type { Edge, EdgeRule } from '../edge.ts';
import { named } from './named.ts';

export const autoscaler: EdgeRule = {
  name: 'autoscaler',
  why: 'An autoscaler without its target fails.',
  find: (world) =>
    world.ofKind('autoscaling', 'HorizontalPodAutoscaler').flatMap((object): Edge[] => {
      const target = fieldAt(object, 'spec', 'scaleTargetRef');
      const kind = textOf(fieldAt(target, 'kind'));
      if (kind === undefined) return [];
      const group = groupOf(textOf(fieldAt(target, 'apiVersion')) ?? '');
      const reference = { from: world.idOf(object), field: 'spec.scaleTargetRef.name', value: fieldAt(target, 'name') };
      return named({ rule: 'autoscaler', ...reference }, group, kind, object.metadata.namespace);
    }),
};
