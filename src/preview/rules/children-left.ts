/**
 * What was made at run time out of what is deleted, and does not go with it: without an owner that the garbage
 * collector follows, or with one it cannot follow.
 */
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { listOf, mapOf, textOf } from '../../objects/fields.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { isWorkloadKind } from '../../objects/pod-template.ts';
import type { Left } from '../play/outcome.ts';
import { deployment, inNamespace, workload } from './examples.ts';
import { madeAtRunTime } from './made-at-run-time.ts';
import { namedSecrets } from './named-secrets.ts';
import { kubectlDelete } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { type Stray, strays } from './strays.ts';
import { unexplained } from './unexplained.ts';
import { agree, count, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'children-left',
  name: 'Children stay when their creator is gone',
  means: [
    'The garbage collector deletes objects whose owner is gone. Objects that an operator creates without an owner reference stay, and so do cluster-scoped objects whose owner lives in a namespace: such an owner',
    'reference is not valid, and the garbage collector does not follow it.',
    'It is an error when something that runs stays, a note for the rest, and a warning where only names suggest who created it. For manifests alone a note lists the kinds that the programs may create. The lasting cure is in the operator: an owner reference where owner and child share a namespace, else a finalizer.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['finalizer-unserved'],
  fails: {
    says: 'The operator made the DaemonSet in another namespace, where it can have no owner of this one.',
    yaml: deployment('widget-operator'),
    around: inNamespace('kube-system', workload('DaemonSet', 'widget-agent')).replace(
      'namespace: kube-system',
      `namespace: kube-system,
  labels: {app.kubernetes.io/managed-by: widget-operator},
  managedFields: [{manager: widget-operator, operation: Update, apiVersion: apps/v1}]`,
    ),
  },
  passes: { says: 'Everything that there is goes with the release.', yaml: deployment('widget-operator') },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const cases = unexplained(input, isExplained, 'child');
  const strayed = input.live ? strays(input).filter(({ id }) => !input.left.has(id) && !isExplained('left', id)) : [];
  const all = [...cases.map((left) => ({ id: left.id, evidence: [ofLeft(left, input)] })), ...strayed];
  const running = all.filter(({ id }) => matters(id));
  const rest = all.filter(({ id }) => !matters(id));
  return [
    ...(running.length > 0
      ? [
          findingOf(
            running,
            running.every(({ id }) => input.isSeen(id)) && cases.length > 0 && running.some(({ id }) => input.left.has(id))
              ? 'error'
              : 'warning',
            input,
          ),
        ]
      : []),
    ...(rest.length > 0
      ? [findingOf(rest, rest.every(({ id }) => input.left.has(id) && input.isSeen(id)) ? 'note' : 'warning', input)]
      : []),
    ...madeAtRunTime(input),
    ...namedSecrets(input),
  ];
}

/** Something that runs. What the API server asks and cannot do without is told by other rules. */
function matters(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return isWorkloadKind(group, kind);
}

function ofLeft({ id, because }: Left, input: RuleInput): FindingEvidence {
  const { namespace } = parseId(id);
  const owner = mapOf(listOf(input.world.byId(id)?.metadata.ownerReferences)[0]);
  const ownerName = textOf(owner.name);
  if (ownerName === undefined) return input.evidence(id, because);
  const scope =
    namespace === undefined ? ', which lives in a namespace: such an owner is not followed from a cluster-scoped object' : '';
  return input.evidence(
    id,
    `${because}; its owner is ${textOf(owner.kind) ?? ''} ${ownerName}${scope}`,
    'metadata.ownerReferences[0]',
    ownerName,
  );
}

function findingOf(cases: readonly Stray[], severity: Found['severity'], input: RuleInput): Found {
  const ids = cases.map(({ id }) => id).sort();
  const depends = input.live ? 'whether only that operator uses it' : 'whether the operator makes such objects';
  return {
    severity,
    title: `${namesOf(ids)} ${agree(ids, 'stays', 'stay')} after the program that created ${agree(ids, 'it', 'them')} is gone`,
    objects: ids,
    evidence: cases.slice(0, 6).flatMap(({ evidence }) => evidence),
    consequence: `${count(ids.length, 'object')} ${agree(ids, 'stays', 'stay')}, and nobody manages ${agree(ids, 'it', 'them')} any more.${severity === 'warning' ? ` It depends on ${depends}.` : ''}`,
    remedies: [
      {
        says: `Delete ${agree(ids, 'it', 'them')} after the uninstall, when nothing creates ${agree(ids, 'it', 'them')} again.`,
        steps: kubectlDelete('after', ids, input),
        loses: `${namesOf(ids)}${contentOf(ids)}`,
      },
    ],
    // What has no owner is not in the play of Bookend either: it is named there, and never deleted.
    ...(ids.some((id) => !input.left.has(id)) && { bookend: 'same' as const }),
    explains: ends('left', ids),
  };
}

function contentOf(ids: readonly ObjectId[]): string {
  const them = agree(ids, 'it', 'them');
  if (ids.some(matters)) return `, with what runs in ${them}`;
  return ids.some((id) => parseId(id).kind === 'Secret') ? `, with the keys and passwords in ${them}` : '';
}
