/**
 * A storage driver that is uninstalled while volumes of it exist: they can be neither unmounted nor deleted afterwards.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { look } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, count, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'storage-driver-goes',
  name: 'A storage driver goes before its volumes',
  means: [
    'The Pods of a driver mount, unmount and delete its volumes. When they are gone, Pods that use such a volume cannot start, and those that run do not end: the kubelet waits for the unmount. Deleted volumes',
    'stay, in the cluster and in the storage behind it.',
  ].join(' '),
  severity: 'warning',
  fails: { says: 'A volume of the driver is there.', yaml: driver(), around: volume('csi.example.com') },
  passes: { says: 'The only volume is of another driver.', yaml: driver(), around: volume('other.example.com') },
};

export function find(input: RuleInput): Found[] {
  return input.world.ofKind('storage.k8s.io', 'CSIDriver').flatMap((object) => {
    const id = input.world.idOf(object);
    const { name } = object.metadata;
    const volumes = input.world.ofKind('', 'PersistentVolume').filter((each) => fieldAt(each, 'spec', 'csi', 'driver') === name);
    const ids = sorted(
      volumes.map((each) => input.world.idOf(each)).filter((each) => input.isSeen(each) && input.goneAt(each) === undefined),
    );
    if (!input.isDeleted(id)) return [];
    if (ids.length === 0) return input.live ? [] : [supposed(id, name, input)];
    const claims = volumes.flatMap((each) => textOf(fieldAt(each, 'spec', 'claimRef', 'name')) ?? []);
    return [
      {
        severity: 'warning' as const,
        title: `CSIDriver ${name} goes, and ${count(ids.length, 'volume')} of it ${agree(ids, 'stays', 'stay')}`,
        objects: [id, ...ids],
        evidence: [
          input.evidence(id, 'deleted with the release'),
          ...ids.slice(0, 5).map((each) => input.evidence(each, 'of this driver', 'spec.csi.driver', name)),
        ],
        consequence: `Nobody can unmount or delete ${namesOf(ids)} until the driver is installed again${claims.length > 0 ? `; ${count(claims.length, 'claim')} ${agree(claims, 'is', 'are')} bound to ${agree(claims, 'one', 'them')}` : ''}. It depends on whether Pods use them, and whether they are deleted, in the meantime.`,
        remedies: [lookAtVolumes],
        bookend: 'same' as const,
      },
    ];
  });
}

/** From manifests alone: nobody knows whether there are volumes. */
function supposed(id: ObjectId, name: string, input: RuleInput): Found {
  return {
    severity: 'note',
    title: `CSIDriver ${name} goes; volumes of it, if there are any, stay`,
    objects: [id],
    evidence: [input.evidence(id, 'deleted with the release')],
    consequence:
      'Nobody can unmount or delete a PersistentVolume of the driver without it: Pods that use one do not end, and its PersistentVolumeClaims stay. It depends on whether such volumes exist, which only a live cluster shows.',
    remedies: [lookAtVolumes],
    bookend: 'same',
  };
}

const lookAtVolumes: ProposedRemedy = {
  says: 'List the volumes with their claims, and delete the Pods and the claims that use the driver before the uninstall.',
  steps: [
    look(
      'before',
      ...(['kubectl', 'get', 'persistentvolumes', '-o'] as const),
      'custom-columns=NAME:.metadata.name,CLAIM:.spec.claimRef.name,DRIVER:.spec.csi.driver',
    ),
  ],
};

function driver(): string {
  return `apiVersion: storage.k8s.io/v1
kind: CSIDriver
metadata: {name: csi.example.com}
spec: {attachRequired: false}
`;
}

function volume(name: string): string {
  return `apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-1}
spec:
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  csi: {driver: ${name}, volumeHandle: one}
`;
}
