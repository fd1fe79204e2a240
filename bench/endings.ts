/**
 * How long the end of a planned object took, as a bystander has seen it. A workload that is deleted in the background
 * is gone at once, but its Pods are not: what counts is the last of them.
 */
import { idOf, type ObjectId, parseId } from '../src/objects/identity.ts';
import type { Sighting } from '../tools/lab/observe.ts';

/**
 * From its first end to the last one of it and of its Pods, which have its name and another part.
 * @returns ms; 0 for what nobody has seen
 */
export function endingMs(sightings: readonly Sighting[], id: ObjectId): number {
  const { group, namespace, name } = parseId(id);
  const isPodOfIt = ({ kind, metadata }: Sighting['object']) =>
    kind === 'Pod' && metadata.namespace === namespace && metadata.name.startsWith(`${name}-`);
  const times = sightings.flatMap(({ what, object, atMs }) =>
    what !== 'created' && (idOf(object) === id || (group === 'apps' && isPodOfIt(object))) ? atMs : [],
  );
  return times.length > 0 ? Math.max(...times) - Math.min(...times) : 0;
}
