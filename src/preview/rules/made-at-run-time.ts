/**
 * What the programs of a chart may create and write while they run: a chart alone shows none of it, but the rights of
 * their accounts name the kinds. What has no owner that goes with the release stays.
 */
import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import { builtInNamed } from './built-in-resources.ts';
import { anyOf, resourceOf } from './finalizer-servers.ts';
import { previewLive } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf, sorted } from './words.ts';

/** One note for all programs of the release. A cluster that was looked at shows the objects themselves. */
export function madeAtRunTime(input: RuleInput): Found[] {
  if (input.live) return [];
  const makers = input.world.workloads
    .filter(({ id }) => input.isDeleted(id) || isOfInstallation(id, input))
    .flatMap((workload) => makerOf(workload, lastingRights(workload, input), input) ?? []);
  const made = kindsIn(makers.flatMap((maker) => maker.made));
  const written = kindsIn(makers.flatMap((maker) => maker.written)).filter((kind) => !made.includes(kind));
  const ids = sorted(makers.map(({ id }) => id));
  if (made.length === 0 && written.length === 0) return [];
  return [
    {
      severity: 'note',
      title:
        made.length === 0
          ? `${namesOf(ids)} may write into objects of others, which no uninstall undoes`
          : `${namesOf(ids)} may create objects at run time that no uninstall deletes`,
      objects: [...ids, ...sorted(makers.flatMap(({ roles }) => roles))],
      evidence: makers.flatMap(({ evidence }) => evidence).slice(0, 12),
      consequence: [
        ...(made.length > 0
          ? [`Objects that ${agree(ids, 'it creates', 'they create')} stay, unless their owner is deleted: ${ofKinds(made)}.`]
          : []),
        ...(written.length > 0
          ? [`Fields that ${agree(ids, 'it wrote', 'they wrote')} into objects of others stay there: ${ofKinds(written)}.`]
          : []),
        ...(makers.some(({ mayFinalize }) => mayFinalize)
          ? ['A finalizer among them keeps its object in Terminating once somebody deletes it.']
          : []),
      ].join(' '),
      remedies: [previewLive(input, 'lists them')],
      bookend: 'same',
    },
  ];
}

/** A namespace that is deleted takes with it what was made in it. */
function lastingRights({ namespace, serviceAccount }: Workload, { rightsOf, scenario, subject }: RuleInput): readonly Right[] {
  const rights = rightsOf(`${namespace}/${serviceAccount}`);
  return scenario.tool === 'namespace' ? rights.filter((right) => right.namespace !== subject.namespace) : rights;
}

type Maker = {
  id: ObjectId;
  made: string[];
  written: string[];
  mayFinalize: boolean;
  roles: ObjectId[];
  evidence: FindingEvidence[];
};

/** Hooks of the installation that run to their end: their Jobs make certificates above all. */
function isOfInstallation(id: ObjectId, { hooks }: RuleInput): boolean {
  return hooks.some((hook) => hook.id === id && hook.events.some((event) => /^(pre|post)-(install|upgrade)$/.test(event)));
}

function makerOf(workload: Workload, rights: readonly Right[], input: RuleInput): Maker | undefined {
  const known = rights.map((right) => ({ right, kinds: kindsOfRight(right, input) }));
  const telling = known.filter(({ right, kinds }) => kinds.length > 0 && hasVerb(right, 'create'));
  const elects = isElecting(workload) && allows(rights, { verb: 'create', group: leases, resource: 'leases' });
  const writing = rights.filter((right) => (hasVerb(right, 'patch') || hasVerb(right, 'update')) && marksOthers(right));
  if (telling.length === 0 && !elects && writing.length === 0) return undefined;
  const made = kindsIn([...telling.flatMap(({ kinds }) => kinds), ...(elects ? ['Lease'] : [])]);
  const written = rights
    .filter((right) => hasVerb(right, 'patch') || hasVerb(right, 'update'))
    .flatMap((right) => kindsOfRight(right, input, true));
  return {
    id: workload.id,
    made,
    written: kindsIn(written).filter((kind) => shared.has(kind)),
    mayFinalize: writing.some(({ resources }) => resources.some(isFinalizerOfOthers)),
    roles: [...telling.map(({ right }) => right), ...writing].map(({ role }) => role),
    evidence: [
      ...writing
        .slice(0, 1)
        .map((right) =>
          input.evidence(right.role, 'allows to write into objects of others', right.field, right.resources.join(', ')),
        ),
      ...telling
        .slice(0, 3)
        .map(({ right, kinds }) =>
          input.evidence(right.role, `allows to create ${kinds.join(', ')}`, right.field, right.resources.join(', ')),
        ),
      ...namesKnown(workload, known, made, input),
    ],
  };
}

/**
 * Where a controller of traffic writes its own address, which others go on publishing, and where one may put a
 * finalizer on what is not its own.
 */
function marksOthers({ resources }: Right): boolean {
  return resources.some((each) => each === 'ingresses/status' || isFinalizerOfOthers(each));
}

function isFinalizerOfOthers(resource: string): boolean {
  return /^(?:ingresses|namespaces|nodes|persistentvolumes|persistentvolumeclaims|services)\/finalizers$/.test(resource);
}

function hasVerb({ verbs }: Right, verb: string): boolean {
  return verbs.includes(verb) || verbs.includes('*');
}

/** Everything that a role says with a star says nothing of what a program does. */
function kindsOfRight({ apiGroups, resources }: Right, input: RuleInput, withSubresources = false): string[] {
  return resources.flatMap((each) => {
    const [resource = '', subresource] = each.split('/');
    if (subresource !== undefined && !withSubresources) return [];
    return apiGroups.flatMap((group) => {
      const builtIn = builtInNamed(group === '' ? resource : `${resource}.${group}`);
      if (builtIn?.resource === resource && builtIn.group === group) return passing.has(builtIn.kind) ? [] : [builtIn.kind];
      const crd = input.world.byId(makeId('apiextensions.k8s.io', 'CustomResourceDefinition', undefined, `${resource}.${group}`));
      // They go with their definition.
      if (crd === undefined || !input.given.has(input.world.idOf(crd)) || input.isDeleted(input.world.idOf(crd))) return [];
      return [resourceOf(anyOf(crd), input).kind];
    });
  });
}

const passing = new Set(['Event']);
/** Of these every cluster has some that a chart did not bring. */
const shared = new Set(['Node', 'Namespace', 'Pod', 'Service', 'Ingress', 'PersistentVolume', 'PersistentVolumeClaim']);

/** Names that roles and command lines say: of leader election above all. */
function namesKnown(
  workload: Workload,
  known: readonly { right: Right; kinds: readonly string[] }[],
  made: readonly string[],
  input: RuleInput,
): FindingEvidence[] {
  const named = known.flatMap(({ right, kinds }) =>
    right.resourceNames.flatMap((name) =>
      kinds.filter((kind) => made.includes(kind)).map((kind) => input.evidence(right.role, `${kind} ${name}`, right.field, name)),
    ),
  );
  const containers = listOf(workload.podSpec.containers);
  const elected = made.includes('Lease')
    ? containers.flatMap((container, index) => electionsOf(container, index, workload, input))
    : [];
  return [...new Map([...named, ...elected].map((each) => [each.says, each])).values()].slice(0, 4);
}

function electionsOf(container: unknown, index: number, { id, podSpecPath }: Workload, input: RuleInput): FindingEvidence[] {
  const args = [...textsOf(fieldAt(container, 'command')), ...textsOf(fieldAt(container, 'args'))];
  const ofArgs = args.flatMap((argument, at) => {
    const [, inline] = election.exec(argument) ?? [];
    if (!election.test(argument)) return [];
    return inline ?? args[at + 1] ?? [];
  });
  const ofEnvironment = listOf(fieldAt(container, 'env')).flatMap((variable) =>
    /ELECTION_(ID|NAME)|LEASE_NAME/.test(textOf(fieldAt(variable, 'name')) ?? '')
      ? (textOf(fieldAt(variable, 'value')) ?? [])
      : [],
  );
  return [...ofArgs, ...ofEnvironment].map((name) =>
    input.evidence(id, `Lease ${name} of its leader election`, `${podSpecPath}.containers[${index}]`, name),
  );
}

/** Told on its command line, where a right to everything tells nothing. */
function isElecting({ podSpec }: Workload): boolean {
  return listOf(podSpec.containers).some((container) =>
    [...textsOf(fieldAt(container, 'command')), ...textsOf(fieldAt(container, 'args'))].some((argument) => elects.test(argument)),
  );
}

const leases = 'coordination.k8s.io';
const elects = /^--?(?:enable-)?leader-elect(?:ion)?(?:=(?:true|1))?$/;
const election =
  /^--?(?:leader-elect(?:ion)?-(?:id|name|resource-name|lease-name|namespace-name)|election-id|leader-elect-resource-name|lease-name|lock-name)(?:=(.+))?$/;

function ofKinds(kinds: readonly string[]): string {
  return `objects of ${agree(kinds, 'kind', 'kinds')} ${kinds.join(', ')}`;
}

function kindsIn(kinds: readonly string[]): string[] {
  return [...new Set(kinds)].sort();
}
