/**
 * An autoscaler goes before its target: it would scale what is being taken down, and reports errors once the target is
 * gone, or an object whose metrics it reads.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import type { Edge, EdgeRule } from '../edge.ts';
import { named } from './named.ts';

export const autoscaler: EdgeRule = {
  name: 'autoscaler',
  why: 'An autoscaler without its target fails.',
  find: (world) =>
    world.ofKind('autoscaling', 'HorizontalPodAutoscaler').flatMap((object): Edge[] => {
      const read = listOf(fieldAt(object, 'spec', 'metrics')).map((metric, index): [string, unknown] => [
        `spec.metrics[${index}].object.describedObject`,
        fieldAt(metric, 'object', 'describedObject'),
      ]);
      const targets: [string, unknown][] = [['spec.scaleTargetRef', fieldAt(object, 'spec', 'scaleTargetRef')], ...read];
      return targets.flatMap(([field, target]) => {
        const kind = textOf(fieldAt(target, 'kind'));
        if (kind === undefined) return [];
        const group = groupOf(textOf(fieldAt(target, 'apiVersion')) ?? '');
        const reference = { from: world.idOf(object), field: `${field}.name`, value: fieldAt(target, 'name') };
        return named({ rule: 'autoscaler', ...reference }, group, kind, object.metadata.namespace);
      });
    }),
};
