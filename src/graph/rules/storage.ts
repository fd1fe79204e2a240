/**
 * A claim needs the volume that it is bound to, and its StorageClass for as long as it may be resized or is not bound
 * yet.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule } from '../edge.ts';

export const storage: EdgeRule = {
  name: 'storage',
  why: 'Without its StorageClass a claim can be neither provisioned nor resized; without its volume it is lost.',
  find: (world) => [
    ...world.ofKind('', 'PersistentVolumeClaim').flatMap((claim): Edge[] => {
      const from = world.idOf(claim);
      return [
        ...named(from, 'spec.storageClassName', fieldAt(claim, 'spec', 'storageClassName'), 'storage.k8s.io', 'StorageClass'),
        ...named(from, 'spec.volumeName', fieldAt(claim, 'spec', 'volumeName'), '', 'PersistentVolume'),
      ];
    }),
    ...world
      .ofKind('', 'PersistentVolume')
      .flatMap((volume) =>
        named(
          world.idOf(volume),
          'spec.storageClassName',
          fieldAt(volume, 'spec', 'storageClassName'),
          'storage.k8s.io',
          'StorageClass',
        ),
      ),
  ],
};

function named(from: Edge['from'], field: string, name: unknown, group: string, kind: string): Edge[] {
  const value = textOf(name);
  if (value === undefined) return [];
  return [{ from, to: makeId(group, kind, undefined, value), rule: 'storage', evidence: [{ object: from, field, value }] }];
}
