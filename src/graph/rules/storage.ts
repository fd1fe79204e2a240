/**
 * A claim needs the volume that it is bound to, and its StorageClass for as long as it may be resized or is not bound
 * yet.
 */
import { fieldAt } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Edge, EdgeRule } from '../edge.ts';
import { named } from './named.ts';

export const storage: EdgeRule = {
  name: 'storage',
  why: 'Without its StorageClass a claim can be neither provisioned nor resized; without its volume it is lost.',
  find: (world) => [
    ...world
      .ofKind('', 'PersistentVolumeClaim')
      .flatMap((claim) => [
        ...classOf(world.idOf(claim), claim),
        ...named(fieldIn(world.idOf(claim), claim, 'volumeName'), '', 'PersistentVolume'),
      ]),
    ...world.ofKind('', 'PersistentVolume').flatMap((volume) => classOf(world.idOf(volume), volume)),
  ],
};

function classOf(from: ObjectId, object: KubernetesObject): Edge[] {
  return named(fieldIn(from, object, 'storageClassName'), 'storage.k8s.io', 'StorageClass');
}

function fieldIn(from: ObjectId, { spec }: KubernetesObject, field: string) {
  return { rule: 'storage', from, field: `spec.${field}`, value: fieldAt(spec, field) };
}
