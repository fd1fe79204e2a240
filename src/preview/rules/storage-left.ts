/** Claims and Secrets that stay by design: they hold data and cost money. */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import { change, kubectlDelete } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unexplained } from './unexplained.ts';
import { agree, count, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'storage-left',
  name: 'Claims and Secrets stay',
  means: [
    'PersistentVolumeClaims that a StatefulSet made from its `volumeClaimTemplates` stay when it goes, unless `persistentVolumeClaimRetentionPolicy.whenDeleted` is `Delete`; so do Secrets that were created at run time. That keeps data,',
    'costs storage, and lets the next installation of the same name start with the old data and the old passwords.',
  ].join(' '),
  severity: 'note',
  hiddenBy: ['finalizer-unserved'],
  fails: { says: 'Nothing deletes the claim data-db-0.', yaml: statefulSet('') },
  passes: {
    says: 'The claims go with the StatefulSet.',
    yaml: statefulSet('persistentVolumeClaimRetentionPolicy: {whenDeleted: Delete, whenScaled: Retain}'),
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const all = unexplained(input, isExplained, 'storage', 'secret');
  const ids = sorted(all.map(({ id }) => id));
  const makers = makersOf(input);
  if (ids.length === 0) return [];
  return [
    {
      severity: 'note',
      title: `${namesOf(ids)} ${agree(ids, 'stays', 'stay')}`,
      objects: ids,
      evidence: [...makers, ...all.slice(0, 5).map(({ id, because }) => input.evidence(id, because))],
      consequence: `${count(ids.length, 'object')} with data ${agree(ids, 'remains', 'remain')}; an installation of the same name uses ${agree(ids, 'it', 'them')} again.`,
      remedies: [
        {
          says: 'If the data may go, delete it after the uninstall.',
          steps: kubectlDelete('after', ids, input),
          loses: `the data in ${namesOf(ids)}`,
        },
        ...(makers.length > 0 && all.every(({ why }) => why === 'storage')
          ? [
              {
                says: 'If the data should go at each uninstall, state that in the StatefulSet.',
                steps: sorted(makers.map(({ id }) => id)).map((id) =>
                  change(id, {
                    path: ['spec', 'persistentVolumeClaimRetentionPolicy'],
                    value: { whenDeleted: 'Delete', whenScaled: 'Retain' },
                  }),
                ),
                loses: 'the data at each uninstall',
              },
            ]
          : []),
      ],
      explains: ends('left', ids),
    },
  ];
}

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
