/**
 * What of a desired state must stay in memory while it is kept: which objects, in which order. Their bodies may be
 * large and are needed rarely, so they are held elsewhere and only for as long as they are worked with.
 */
import type { Component } from '../graph/edge.ts';
import { type ObjectId, refOf } from '../objects/identity.ts';
import { adoptAnnotation } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';
import type { Desired, DesiredObject } from './desired.ts';

export type OutlinedObject = Omit<DesiredObject, 'object'> & {
  /** Never with a UID: it names what is wanted, not what is there. */
  ref: ObjectRef;
  /** Length of its body as JSON. */
  length: number;
  /** The spec says that an object that exists already may be taken over. */
  adopt: boolean;
  /** The spec says that it stays when the ClusterOperator goes. */
  keep: boolean;
};

export type Outline = Omit<Desired, 'objects'> & { objects: readonly OutlinedObject[]; components: readonly Component[] };

export function outlineOf(desired: Desired): Outline {
  return { ...desired, objects: desired.objects.map(outlined) };
}

/** The bodies that go with an outline. */
export function bodiesOf(desired: Desired): Map<ObjectId, KubernetesObject> {
  return new Map(desired.objects.map(({ id, object }) => [id, object]));
}

function outlined({ object, ...rest }: DesiredObject): OutlinedObject {
  const { uid: _, ...ref } = refOf(object);
  return {
    ...rest,
    ref,
    length: JSON.stringify(object).length,
    adopt: object.metadata.annotations?.[adoptAnnotation] === 'true',
    keep: keepReason(object) !== undefined,
  };
}
