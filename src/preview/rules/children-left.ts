/**
 * What was made at run time out of what is deleted, and does not go with it: without an owner that the garbage
 * collector follows, or with one it cannot follow.
 */
import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isWorkloadKind } from '../../objects/pod-template.ts';
import { isCommonName, programsOf } from '../../objects/programs.ts';
import type { Left } from '../play/outcome.ts';
import { deployment } from './examples.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, kubectlName, namesOf } from './words.ts';

export const childrenLeft: Rule = {
  id: 'children-left',
  name: 'Children stay when their maker is gone',
  means: [
    'The garbage collector deletes what has an owner reference to something that is gone. Objects that an operator makes without one stay for ever, and so do cluster-scoped objects whose owner lives in a namespace: such an owner',
    'reference is not valid, and the garbage collector does not follow it.',
    'It is an error when something that runs stays, a note for the rest, and a warning where it is concluded from names who made it.',
  ].join(' '),
  fails: {
    says: 'The operator made the DaemonSet in another namespace, where it can have no owner of this one.',
    yaml: deployment('widget-operator'),
    around: `apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: widget-agent
  namespace: kube-system
  labels: {app.kubernetes.io/managed-by: widget-operator}
  managedFields: [{manager: widget-operator, operation: Update, apiVersion: apps/v1}]
spec:
  selector: {matchLabels: {app: widget-agent}}
  template:
    metadata: {labels: {app: widget-agent}}
    spec: {containers: [{name: agent, image: registry.example.com/widget-agent:1}]}
`,
  },
  passes: { says: 'Everything that there is goes with the release.', yaml: deployment('widget-operator') },
  find(input, told) {
    const cases = [...input.left.values()].filter((left) => left.why === 'child' && !told.has(endOf('left', left.id)));
    const strayed = input.live ? strays(input).filter(({ id }) => !input.left.has(id) && !told.has(endOf('left', id))) : [];
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
    ];
  },
};

type Case = { id: ObjectId; evidence: readonly FindingEvidence[] };

/** Something that runs. What the API server asks and cannot do without is told by other rules. */
function matters(id: ObjectId): boolean {
  const { group, kind } = parseId(id);
  return isWorkloadKind(group, kind);
}

/** Without an owner, but written by a workload of ours alone: the field manager or a label says by whom. */
function strays(input: RuleInput): Case[] {
  const makerNamed = makers(input);
  return input.world.objects.flatMap((object): Case[] => {
    const id = input.world.idOf(object);
    if (input.given.has(id) || input.goneAt(id) !== undefined || listOf(object.metadata.ownerReferences).length > 0) return [];
    if (ignored.has(object.kind) || isAnsweredElsewhere(object, input)) return [];
    const managers = listOf(object.metadata.managedFields)
      .map(mapOf)
      .filter(({ subresource }) => textOf(subresource) === undefined);
    const names = [...new Set(managers.flatMap(({ manager }) => textOf(manager) ?? []))];
    const label = textOf(object.metadata.labels?.['app.kubernetes.io/managed-by']);
    const [only] = names;
    const maker = names.length === 1 ? makerNamed(only, object) : undefined;
    const by = maker ?? makerNamed(label, object);
    if (by === undefined) return [];
    return [
      {
        id,
        evidence: [
          maker
            ? input.evidence(id, 'written by it alone, without an owner reference', 'metadata.managedFields', only)
            : input.evidence(
                id,
                'labelled as its work, without an owner reference',
                'metadata.labels[app.kubernetes.io/managed-by]',
                label,
              ),
          input.evidence(by, 'taken for its maker, by name'),
        ],
      },
    ];
  });
}

/**
 * A webhook or an API service whose requests go to a Service that is not of this uninstall is somebody else's, whoever
 * wrote it.
 */
function isAnsweredElsewhere(object: KubernetesObject, input: RuleInput): boolean {
  const services = [
    ...listOf(object.webhooks).map((each) => fieldAt(each, 'clientConfig', 'service')),
    fieldAt(object, 'spec', 'service'),
  ];
  return services.some((service) => {
    const [namespace, name] = [textOf(fieldAt(service, 'namespace')), textOf(fieldAt(service, 'name'))];
    return namespace !== undefined && name !== undefined && !input.given.has(makeId('', 'Service', namespace, name));
  });
}

/**
 * Field managers are named after the program, by custom. Only names that mean one thing: every chart has a
 * `controller`; and a second release of the same operator has the same programs, so then only what lies in its own
 * namespace is laid to each.
 */
function makers(input: RuleInput): (name: string | undefined, made: KubernetesObject) => ObjectId | undefined {
  const workloads = input.world.workloads.filter(({ id }) => input.isDeleted(id) || input.goneAt(id) === undefined);
  const byName = Map.groupBy(
    workloads.flatMap((workload) => [...new Set(namesOfWorkload(workload))].map((name) => ({ name, workload }))),
    ({ name }) => name,
  );
  return (name, { metadata }) => {
    const all = (name === undefined ? undefined : byName.get(name)) ?? [];
    const near = all.filter(({ workload }) => workload.namespace === metadata.namespace);
    const isOurs = ({ workload }: { workload: Workload }) => input.isDeleted(workload.id);
    const among = all.every(isOurs) ? all : near.every(isOurs) ? near : [];
    return among.at(-1)?.workload.id;
  };
}

function namesOfWorkload({ object, podSpec, podSpecPath }: Workload): string[] {
  const names = [object.metadata.name, ...programsOf(podSpec, podSpecPath).map(({ value }) => value)];
  return names.filter((name) => !isGeneric(name) && !isCommonName(name));
}

function isGeneric(name: string): boolean {
  return !name.includes('-') || /^(controller|manager|operator|server|kube)-(manager|controller|server|plane)$/.test(name);
}

const ignored = new Set([
  'Event',
  'Lease',
  'Endpoints',
  'EndpointSlice',
  'Node',
  'ControllerRevision',
  'Pod',
  'ReplicaSet',
  'Namespace',
]);

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

function findingOf(cases: readonly Case[], severity: Found['severity'], input: RuleInput): Found {
  const ids = cases.map(({ id }) => id).sort();
  const [first] = ids;
  const depends = input.live ? 'whether it is that operator’s alone' : 'whether the operator makes such objects';
  return {
    severity,
    title: `${namesOf(ids)} ${ids.length === 1 ? 'stays' : 'stay'} when what made ${ids.length === 1 ? 'it' : 'them'} is gone`,
    objects: ids,
    evidence: cases.slice(0, 6).flatMap(({ evidence }) => evidence),
    consequence: `${count(ids.length, 'object')} ${ids.length === 1 ? 'is' : 'are'} left and nobody looks after ${ids.length === 1 ? 'it' : 'them'} any more.${severity === 'warning' ? ` It depends on ${depends}.` : ''}`,
    remedy: `Delete ${ids.length === 1 ? 'it' : 'them'} while the operator does not make ${ids.length === 1 ? 'it' : 'them'} anew: after the uninstall \`kubectl delete ${first === undefined ? '' : kubectlName(first)}\`. In the operator: set an owner reference where owner and child share a namespace, else clean up in a finalizer.`,
    tells: ids.map((id) => endOf('left', id)),
  };
}
