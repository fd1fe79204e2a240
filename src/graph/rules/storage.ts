/**
 * A claim needs the volume that it is bound to, its classes for as long as it may be resized or is not bound yet, and
 * the claim that it is a copy of until it is provisioned. A volume needs its class, its driver and the Secrets that the
 * driver mounts, resizes and deletes it with; a VolumeAttachment keeps its volume.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { named } from './named.ts';
import { classSecrets, volumeSecrets } from './storage-secrets.ts';

const rule = 'storage';
const group = 'storage.k8s.io';

export const storage: EdgeRule = {
  name: rule,
  why: 'Without its StorageClass a claim can be neither provisioned nor resized; without its volume it is lost.',
  find: (world) => [
    ...world.ofKind('', 'PersistentVolumeClaim').flatMap((claim) => ofClaim(claim, world)),
    ...world.ofKind('', 'PersistentVolume').flatMap((volume) => ofVolume(volume, world)),
    ...world.ofKind(group, 'StorageClass').flatMap((object) => {
      const from = world.idOf(object);
      return [...named(fieldIn(from, object, 'provisioner'), group, 'CSIDriver'), ...classSecrets(object, from, rule)];
    }),
    ...world
      .ofKind(group, 'VolumeAttributesClass')
      .flatMap((object) => named(fieldIn(world.idOf(object), object, 'driverName'), group, 'CSIDriver')),
    ...world
      .ofKind('snapshot.storage.k8s.io', 'VolumeSnapshotClass')
      .flatMap((object) => [
        ...named(fieldIn(world.idOf(object), object, 'driver'), group, 'CSIDriver'),
        ...classSecrets(object, world.idOf(object), rule),
      ]),
    ...world.ofKind(group, 'VolumeAttachment').flatMap((object) => {
      const from = world.idOf(object);
      return [
        ...named(fieldIn(from, object, 'spec.attacher'), group, 'CSIDriver'),
        ...named(fieldIn(from, object, 'spec.source.persistentVolumeName'), '', 'PersistentVolume'),
      ];
    }),
  ],
};

function ofClaim(claim: KubernetesObject, world: World): Edge[] {
  const from = world.idOf(claim);
  return [
    ...classOf(from, claim),
    ...defaultClassOf(from, claim, world),
    ...named(fieldIn(from, claim, 'spec.volumeAttributesClassName'), group, 'VolumeAttributesClass'),
    ...named(fieldIn(from, claim, 'spec.volumeName'), '', 'PersistentVolume'),
    ...copiedFrom(from, claim),
  ];
}

function ofVolume(volume: KubernetesObject, world: World): Edge[] {
  const from = world.idOf(volume);
  return [
    ...classOf(from, volume),
    ...named(fieldIn(from, volume, 'spec.csi.driver'), group, 'CSIDriver'),
    ...volumeSecrets(volume, from, rule),
  ];
}

function classOf(from: ObjectId, object: KubernetesObject): Edge[] {
  return named(fieldIn(from, object, 'spec.storageClassName'), group, 'StorageClass');
}

/** A claim without the field gets the default class; an empty one means none. */
function defaultClassOf(from: ObjectId, claim: KubernetesObject, world: World): Edge[] {
  if (fieldAt(claim, 'spec', 'storageClassName') !== undefined || fieldAt(claim, 'spec', 'volumeName') !== undefined) return [];
  return world.ofKind(group, 'StorageClass').flatMap((object): Edge[] => {
    if (object.metadata.annotations?.[isDefault] !== 'true') return [];
    const to = world.idOf(object);
    const evidence = [
      { object: from, field: 'spec.storageClassName' },
      { object: to, field: `metadata.annotations[${isDefault}]`, value: 'true' },
    ];
    return [{ from, to, rule, evidence, certainty: 'inferred' }];
  });
}

const isDefault = 'storageclass.kubernetes.io/is-default-class';

/** Another claim of its namespace, which is cloned; other sources are custom resources. */
function copiedFrom(from: ObjectId, claim: KubernetesObject): Edge[] {
  return ['dataSource', 'dataSourceRef'].flatMap((field) => {
    const source = fieldAt(claim, 'spec', field);
    if (fieldAt(source, 'kind') !== 'PersistentVolumeClaim' || (textOf(fieldAt(source, 'apiGroup')) ?? '') !== '') return [];
    const namespace = textOf(fieldAt(source, 'namespace')) ?? claim.metadata.namespace;
    return named(fieldIn(from, claim, `spec.${field}.name`), '', 'PersistentVolumeClaim', namespace);
  });
}

function fieldIn(from: ObjectId, object: KubernetesObject, field: string) {
  return { rule, from, field, value: fieldAt(object, ...field.split('.')) };
}
