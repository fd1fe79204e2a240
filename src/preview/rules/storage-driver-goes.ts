/**
 * A storage driver that is uninstalled while volumes of it exist: they can be neither unmounted nor deleted afterwards.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import type { Rule } from './rule.ts';
import { count, namesOf, sorted } from './words.ts';

export const storageDriverGoes: Rule = {
  id: 'storage-driver-goes',
  name: 'A storage driver goes before its volumes',
  means: [
    'Volumes are mounted, unmounted and deleted by the Pods of their driver. When those are gone, Pods that use such a volume cannot start, and those that run do not come to their end: the kubelet waits for the unmount. Deleted volumes',
    'stay, in the cluster and in the storage behind it.',
  ].join(' '),
  fails: { says: 'A volume of the driver is there.', yaml: driver(), around: volume('csi.example.com') },
  passes: { says: 'The only volume is of another driver.', yaml: driver(), around: volume('other.example.com') },
  find(input) {
    return input.world.ofKind('storage.k8s.io', 'CSIDriver').flatMap((object) => {
      const id = input.world.idOf(object);
      const { name } = object.metadata;
      const volumes = input.world
        .ofKind('', 'PersistentVolume')
        .filter((each) => fieldAt(each, 'spec', 'csi', 'driver') === name);
      const ids = sorted(
        volumes.map((each) => input.world.idOf(each)).filter((each) => input.isSeen(each) && input.goneAt(each) === undefined),
      );
      if (!input.isDeleted(id) || ids.length === 0) return [];
      const claims = volumes.flatMap((each) => textOf(fieldAt(each, 'spec', 'claimRef', 'name')) ?? []);
      return [
        {
          severity: 'warning' as const,
          title: `CSIDriver ${name} goes, and ${count(ids.length, 'volume')} of it ${ids.length === 1 ? 'stays' : 'stay'}`,
          objects: [id, ...ids],
          evidence: [
            input.evidence(id, 'deleted with the release'),
            ...ids.slice(0, 5).map((each) => input.evidence(each, 'of this driver', 'spec.csi.driver', name)),
          ],
          consequence: `${namesOf(ids)} can be neither unmounted nor deleted while the driver is not there${claims.length > 0 ? `; ${count(claims.length, 'claim')} ${claims.length === 1 ? 'is' : 'are'} bound to ${claims.length === 1 ? 'one' : 'them'}` : ''}. It depends on whether Pods use them, and whether they are deleted, before the driver is installed again.`,
          remedy: `First delete the Pods and the claims: \`kubectl get pv -o custom-columns=NAME:.metadata.name,CLAIM:.spec.claimRef.name,DRIVER:.spec.csi.driver\` shows them.`,
          bookend: 'same' as const,
        },
      ];
    });
  },
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
