/** Claims and Secrets that stay by design: worth knowing, because data and money are in them. */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { endOf, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, kubectlName, namesOf, sorted } from './words.ts';

export const storageLeft: Rule = {
  id: 'storage-left',
  name: 'Claims and Secrets stay',
  means: [
    'PersistentVolumeClaims that a StatefulSet made from its `volumeClaimTemplates` stay when it goes, unless `persistentVolumeClaimRetentionPolicy.whenDeleted` is `Delete`; so do Secrets that were made at run time. That keeps data,',
    'costs storage, and lets the next installation of the same name start with the old data and the old passwords.',
  ].join(' '),
  fails: { says: 'Nothing deletes the claim data-db-0.', yaml: statefulSet('') },
  passes: {
    says: 'The claims go with the StatefulSet.',
    yaml: statefulSet('persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}'),
  },
  find(input, told) {
    const all = [...input.left.values()].filter(
      ({ id, why }) => (why === 'storage' || why === 'secret') && !told.has(endOf('left', id)),
    );
    const ids = sorted(all.map(({ id }) => id));
    const makers = makersOf(input);
    if (ids.length === 0) return [];
    const [first] = ids;
    return [
      {
        severity: 'note',
        title: `${namesOf(ids)} ${ids.length === 1 ? 'stays' : 'stay'}`,
        objects: ids,
        evidence: [...makers, ...all.slice(0, 5).map(({ id, because }) => input.evidence(id, because))],
        consequence: `${count(ids.length, 'object')} with data ${ids.length === 1 ? 'remains' : 'remain'}; an installation of the same name takes ${ids.length === 1 ? 'it' : 'them'} up again.`,
        remedy: `If the data may go: \`kubectl delete ${first === undefined ? '' : kubectlName(first)}\`. For the next time: \`persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete}\` in the StatefulSet.`,
        tells: ids.map((id) => endOf('left', id)),
      },
    ];
  },
};

/** StatefulSets with claims that they leave, with the field. */
function makersOf(input: RuleInput): FindingEvidence[] {
  return input.world.ofKind('apps', 'StatefulSet').flatMap((set) => {
    const id: ObjectId = input.world.idOf(set);
    const templates = listOf(fieldAt(set, 'spec', 'volumeClaimTemplates'));
    if (!input.isDeleted(id) || templates.length === 0) return [];
    if (fieldAt(set, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete') return [];
    const names = templates.map((template) => textOf(fieldAt(template, 'metadata', 'name')) ?? '').join(', ');
    return [input.evidence(id, 'makes claims and does not delete them', 'spec.volumeClaimTemplates', names)];
  });
}

function statefulSet(policy: string): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
${policy === '' ? '' : `  ${policy}\n`}  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: db, image: registry.example.com/db:1, volumeMounts: [{name: data, mountPath: /data}]}]}
  volumeClaimTemplates:
    - metadata: {name: data}
      spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`;
}
