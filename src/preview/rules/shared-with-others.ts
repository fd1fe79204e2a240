/**
 * What the uninstall deletes and somebody else still needs, or owns. Users are seen only in a live cluster; from
 * manifests alone only classes are named, which exist to be used by everybody.
 */

import { findEdges } from '../../graph/build.ts';
import { bindingsOf, subjectsOf } from '../../graph/rules/role-binding.ts';
import { ruleNamed } from '../../graph/rules.ts';
import { makeWorld } from '../../graph/world.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { roleOf } from '../../objects/rbac.ts';
import { isCrd } from '../../objects/scopes.ts';
import { accountsOfOthers } from './accounts-of-others.ts';
import { deployment, documents, inNamespace } from './examples.ts';
import { keepAll, look, named } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'shared-with-others',
  name: 'Others need what is deleted',
  means: [
    'Helm deletes by name: an object of its manifest goes even when another release has taken it over since. And nothing stops it from deleting a role that a binding elsewhere names, or an account, a class or a',
    'ConfigMap that Pods of others use.',
  ].join(' '),
  severity: 'error',
  fails: {
    says: 'A binding in another namespace grants the ClusterRole to Pods of somebody else.',
    yaml: documents(
      deployment('web'),
      `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widget-editor}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [update]}]
`,
    ),
    around: inNamespace(
      'other',
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n',
      'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ci, namespace: shop}\n',
      `apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: ci, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: widget-editor}
subjects: [{kind: ServiceAccount, name: ci, namespace: shop}]
`,
      deployment('ci', 'serviceAccountName: ci'),
    ),
  },
  passes: { says: 'Nobody else names anything of it.', yaml: deployment('web') },
};

export function find(input: RuleInput): Found[] {
  if (!input.live) return [...classes(input), ...accountsOfOthers(input)];
  const cases = [...takenOver(input), ...boundElsewhere(input), ...usedElsewhere(input)];
  const errors = cases.filter(({ sure }) => sure);
  const warnings = cases.filter(({ sure }) => !sure);
  return [
    ...(errors.length > 0 ? [findingOf('error', errors, input)] : []),
    ...(warnings.length > 0 ? [findingOf('warning', warnings, input)] : []),
  ];
}

/** IngressClasses, StorageClasses and the like: cluster-wide, and named by objects of any release. */
function classes(input: RuleInput): Found[] {
  const all = input.subject.objects.map(({ object }) => object);
  const ids = sorted(all.filter(({ kind }) => /[a-z]Class$/.test(kind)).map((object) => input.world.idOf(object))).filter(
    (id) => parseId(id).namespace === undefined && input.isDeleted(id),
  );
  if (ids.length === 0) return [];
  return [
    {
      severity: 'note',
      title: `${namesOf(ids)} ${agree(ids, 'goes', 'go')}, also if others use ${agree(ids, 'it', 'them')}`,
      objects: ids,
      evidence: ids
        .slice(0, 6)
        .map((id) => input.evidence(id, 'cluster-wide, and deleted with the release', 'kind', parseId(id).kind)),
      consequence: `Objects of other releases that use ${agree(ids, 'it', 'them')}, by name or as the default, lose ${agree(ids, 'it', 'them')}, and nobody serves them any more. It depends on who uses ${agree(ids, 'it', 'them')}, which only a live cluster shows.`,
      remedies: [
        {
          says: 'See who uses it before the uninstall.',
          steps: ids.slice(0, 3).map((id) => look('before', 'bookend', 'plan', '--of', ...named([id], input))),
        },
      ],
      bookend: 'same',
    },
  ];
}

type Case = { id: ObjectId; user: string; by?: ObjectId; sure: boolean; evidence: FindingEvidence[] };

/** Of another release, as the annotations of the live object say. */
function takenOver(input: RuleInput): Case[] {
  if (input.subject.from !== 'release') return [];
  const { name, namespace } = input.subject;
  return input.subject.objects.flatMap(({ object }): Case[] => {
    const id = input.world.idOf(object);
    const live = input.subject.surroundings.objects.find((each) => input.world.idOf(each) === id);
    const annotations = live?.metadata.annotations;
    const release = textOf(annotations?.['meta.helm.sh/release-name']);
    const home = textOf(annotations?.['meta.helm.sh/release-namespace']);
    if (release === undefined || !input.isDeleted(id) || (release === name && (home === undefined || home === namespace)))
      return [];
    const user = `release ${home === undefined ? '' : `${home}/`}${release}`;
    return [
      {
        id,
        user,
        sure: true,
        evidence: [input.evidence(id, `labelled as part of ${user}`, 'metadata.annotations[meta.helm.sh/release-name]', release)],
      },
    ];
  });
}

/** Roles of ours that bindings of others name. */
function boundElsewhere(input: RuleInput): Case[] {
  return bindingsOf(input.world).flatMap((binding): Case[] => {
    const by = input.world.idOf(binding);
    const role = roleOf(binding);
    if (role === undefined || input.given.has(by) || !input.isDeleted(role.id) || input.left.has(role.id)) return [];
    if ((binding.metadata.ownerReferences ?? []).length > 0) return [];
    const holders = subjectsOf(binding, input.world)
      .flatMap(({ workloads }) => workloads.map(({ id }) => id))
      .filter((id) => !isOurs(id, input));
    return [
      {
        id: role.id,
        by,
        user: holders.length > 0 ? namesOf(sorted(holders)) : describeId(by),
        sure: holders.length > 0,
        evidence: [
          input.evidence(
            by,
            `grants it${holders.length > 0 ? ` to ${namesOf(sorted(holders))}` : ''}, and stays`,
            'roleRef.name',
            role.name,
          ),
        ],
      },
    ];
  });
}

/** What workloads of others name in their Pod templates, and storage classes of claims. */
function usedElsewhere(input: RuleInput): Case[] {
  const others = input.world.objects.filter((object) => {
    const id = input.world.idOf(object);
    return (
      !isOurs(id, input) &&
      input.goneAt(id) === undefined &&
      !isCrd(object) &&
      (object.metadata.ownerReferences ?? []).length === 0
    );
  });
  const ours = input.subject.objects.map(({ object }) => object).filter((object) => usable.has(object.kind));
  if (ours.length === 0 || others.length === 0) return [];
  const users = others.filter(({ kind }) => using.has(kind));
  return findEdges(makeWorld([...users, ...ours]), referring).flatMap(({ from, to, rule, evidence }): Case[] => {
    if (!input.isDeleted(to) || isOurs(from, input)) return [];
    const [proof] = evidence;
    return [
      {
        id: to,
        by: from,
        user: describeId(from),
        sure: true,
        evidence: [input.evidence(from, `names it (${rule}), and stays`, proof?.field, proof?.value)],
      },
    ];
  });
}

const usable = new Set([
  'ServiceAccount',
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'IngressClass',
]);
const using = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'Pod', 'Ingress', 'PersistentVolumeClaim']);
const referring = [
  'service-account',
  'volume',
  'environment',
  'image-pull-secret',
  'priority-class',
  'runtime-class',
  'storage',
  'ingress',
].flatMap((name) => ruleNamed(name) ?? []);

/** Of the subject, or made by something of it. */
function isOurs(id: ObjectId, input: RuleInput): boolean {
  if (input.given.has(id)) return true;
  let object = input.world.byId(id);
  for (let depth = 0; object !== undefined && depth < 5; depth++) {
    const uid = textOf(fieldAt(object.metadata.ownerReferences?.[0], 'uid'));
    object = uid === undefined ? undefined : input.world.byUid(uid);
    if (object !== undefined && input.given.has(input.world.idOf(object))) return true;
  }
  return false;
}

function findingOf(severity: 'error' | 'warning', cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const users = sorted(cases.flatMap(({ by }) => by ?? []));
  const byWhom = [...new Set(cases.map(({ user }) => user))].sort();
  return {
    severity,
    title: `${namesOf(ids)} ${agree(ids, 'goes', 'go')}, and ${byWhom.slice(0, 2).join(' and ')}${byWhom.length > 2 ? ' and others' : ''} still ${agree(byWhom, 'needs', 'need')} ${agree(ids, 'it', 'them')}`,
    objects: [...ids, ...users],
    evidence: cases.slice(0, 8).flatMap(({ evidence }) => evidence),
    consequence: `${parseId(ids[0] as ObjectId).kind.includes('Role') ? 'They lose their permissions' : 'They lose it'} when it is deleted.${severity === 'warning' ? ' It depends on who acts through these bindings: no workload that was seen does.' : ''}`,
    remedies: [
      ...(input.helm ? [{ says: `Keep ${agree(ids, 'it', 'them')} until the others have their own.`, steps: keepAll(ids) }] : []),
      {
        says: 'See who uses it before the uninstall.',
        steps: ids.slice(0, 3).map((id) => look('before', 'bookend', 'plan', '--of', ...named([id], input))),
      },
    ],
    bookend: 'same',
  };
}
