/**
 * What no field can prove its author says himself: the annotation `bookend.dev/depends-on` names what an object needs
 * while it lives.
 */
import { BookendError } from '../../errors.ts';
import { describeRef } from '../../objects/identity.ts';
import { dependsOnAnnotation } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { controllerOf } from '../../objects/owners.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { resolveReference, splitReferences } from '../references.ts';

/** Refuses a reference to nothing: a silent typing error would be an order that nobody gets. */
export const dependsOn: EdgeRule = {
  name: 'depends-on',
  why: 'The author of the object states that it needs this one.',
  find: (world) => world.objects.flatMap((object) => edgesOf(object, world)),
};

const field = `metadata.annotations[${dependsOnAnnotation}]`;

function edgesOf(object: KubernetesObject, world: World): Edge[] {
  const text = object.metadata.annotations?.[dependsOnAnnotation];
  // Controllers copy their annotations to their children, where the references may mean nothing.
  if (typeof text !== 'string' || controllerOf(object)) return [];
  const from = world.idOf(object);
  return splitReferences(text).flatMap((value): Edge[] => {
    const resolved = resolveReference(value, object, world);
    if ('id' in resolved) return [{ from, to: resolved.id, rule: 'depends-on', evidence: [{ object: from, field, value }] }];
    if (world.refusesWrongReferences) throw refusal(object, value, resolved, world);
    return [];
  });
}

function refusal(
  object: KubernetesObject,
  value: string,
  { problem, candidates }: Extract<ReturnType<typeof resolveReference>, { problem: string }>,
  world: World,
): BookendError {
  const path = world.fieldOf(world.idOf(object), field);
  const reason = {
    malformed: 'is no reference: write Kind/name, Kind.group/name or Kind.group/namespace/name',
    absent: 'names nothing among the objects',
    ambiguous: `may mean several objects: ${candidates.join(', ')}`,
  }[problem];
  return new BookendError('bad-input', `${path}: "${value}" ${reason}`, {
    object: describeRef({ kind: object.kind, ...object.metadata }),
    field: path,
  });
}
