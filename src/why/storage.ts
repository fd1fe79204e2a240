/**
 * Objects of storage refer to each other by name: an attachment to its volume, a snapshot to its claim, a volume and a
 * claim to their class.
 */
import type { Query } from '../cluster/port.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Reader } from '../reading/reader.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { waitsFor } from './dependents.ts';
import { deletingSince } from './since.ts';

const snapshots = 'snapshot.storage.k8s.io';
const storage = 'storage.k8s.io';

/** `isUser` of what is in use: whether the other one uses it, and the words for that. */
type Tie = { of: string; user: string; field: string; says: string; isUser?(user: KubernetesObject): boolean };

const isUnfinished = (snapshot: KubernetesObject) => fieldAt(snapshot, 'status', 'readyToUse') !== true;

const ties: readonly Tie[] = [
  {
    of: '/PersistentVolume',
    user: `${storage}/VolumeAttachment`,
    field: 'spec.source.persistentVolumeName',
    says: 'which attaches it to a node',
  },
  {
    of: '/PersistentVolumeClaim',
    user: `${snapshots}/VolumeSnapshot`,
    field: 'spec.source.persistentVolumeClaimName',
    says: 'which is still taken from it',
    isUser: isUnfinished,
  },
  {
    of: `${snapshots}/VolumeSnapshot`,
    user: '/PersistentVolumeClaim',
    field: 'spec.dataSource.name',
    says: 'which is still made from it',
    isUser: (claim) => fieldAt(claim, 'spec', 'dataSource', 'kind') === 'VolumeSnapshot' && !isBound(claim),
  },
  {
    of: `${snapshots}/VolumeSnapshot`,
    user: `${snapshots}/VolumeSnapshotContent`,
    field: 'spec.volumeSnapshotRef.name',
    says: 'which it is bound to',
    isUser: (content) => deletingSince(content) !== undefined,
  },
  {
    of: `${snapshots}/VolumeSnapshotContent`,
    user: `${snapshots}/VolumeSnapshot`,
    field: 'status.boundVolumeSnapshotContentName',
    says: 'which is bound to it',
  },
  ...['PersistentVolume', 'PersistentVolumeClaim'].map((kind) => ({
    of: `${storage}/VolumeAttributesClass`,
    user: `/${kind}`,
    field: 'spec.volumeAttributesClassName',
    says: 'which uses the class',
  })),
];

/** What is read beside an object for these ties. */
export function storageQueries(object: KubernetesObject, reader: Reader): Query[] {
  return tiesOf(object).flatMap(({ user }) => {
    const [group = '', kind = ''] = user.split('/');
    const info = reader.kind(group, kind);
    if (!info?.verbs.includes('list')) return [];
    const isNear = info.namespaced && object.metadata.namespace !== undefined;
    return [{ apiVersion: info.apiVersion, kind, ...(isNear && { namespace: object.metadata.namespace }) }];
  });
}

export function storageBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (deletingSince(object) === undefined || (object.metadata.finalizers ?? []).length === 0) return [];
  const name = nameOf(object);
  return tiesOf(object).flatMap((tie): Blocker[] => {
    const users = context.objects.filter((each) => isTied(each, tie, object));
    if (users.length === 0) return [];
    const because = users.map((user) => waitsFor(user, context, 'claim-in-use', tie.says));
    const says = `${name} is in use by ${users.map((user) => nameOf(user)).join(', ')}`;
    const evidence = users.map((user) => ({
      object: nameOf(user),
      field: tie.field,
      value: object.metadata.name,
      says: tie.says,
    }));
    return [{ kind: 'claim-in-use', says, object: refOf(object), stuck: false, evidence, remedies: [], because }];
  });
}

function tiesOf({ apiVersion, kind }: KubernetesObject): readonly Tie[] {
  return ties.filter(({ of }) => of === `${groupOf(apiVersion)}/${kind}`);
}

function isTied(user: KubernetesObject, { user: kind, field, isUser = () => true }: Tie, object: KubernetesObject): boolean {
  const { namespace } = object.metadata;
  return (
    `${groupOf(user.apiVersion)}/${user.kind}` === kind &&
    textOf(fieldAt(user, ...field.split('.'))) === object.metadata.name &&
    (namespace === undefined || user.metadata.namespace === undefined || user.metadata.namespace === namespace) &&
    isUser(user)
  );
}

function isBound(claim: KubernetesObject): boolean {
  return fieldAt(claim, 'status', 'phase') === 'Bound';
}
