/**
 * Objects that no manifest has and that a pre-delete hook deletes: a program of the release makes them, still runs
 * then, and may make them again. Whether it watches them stands only in its code.
 */
import type { Workload } from '../../graph/edge.ts';
import { allows } from '../../knowledge/rights.ts';
import { listOf } from '../../objects/fields.ts';
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { isMeantBy } from '../../objects/kind-names.ts';
import { onlyProgramOf } from '../../objects/managed-fields.ts';
import { builtInNamed } from './built-in-resources.ts';
import { resourceOf } from './finalizer-servers.ts';
import { isReached, reachesOf } from './hook-reach.ts';
import { type HookRun, hasFailed, hookRuns } from './hook-runs.ts';
import { makersIn } from './makers.ts';
import { look, named } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, namesOf, sorted } from './words.ts';

type Call = HookRun['calls'][number];
type Case = { id: ObjectId; maker: ObjectId; call: Call };

/** A warning where the field manager of a living object names the program; a note where only its rights do. */
export function madeAgain(input: RuleInput): Found[] {
  const runs = hookRuns(input).filter((run) => run.hook.events.includes('pre-delete') && !hasFailed(run));
  return runs.flatMap((run, index) => {
    const before = runs.slice(0, index).flatMap(({ calls }) => calls);
    const cases = (input.live ? seenCases(run, input) : namedCases(run, input)).filter(
      ({ maker, call }) => ![...before, ...run.calls.slice(0, run.calls.indexOf(call))].some((each) => stops(each, maker, input)),
    );
    return cases.length > 0 ? [findingOf(run, cases, input)] : [];
  });
}

/** Objects of the cluster that the hook deletes, with who made them. */
function seenCases(run: HookRun, input: RuleInput): Case[] {
  const makers = makersIn(input);
  const deletions = run.calls.filter(({ verb }) => verb === 'delete');
  if (deletions.length === 0) return [];
  return input.world.objects.flatMap((object): Case[] => {
    const id = input.world.idOf(object);
    if (input.given.has(id) || !input.isSeen(id) || listOf(object.metadata.ownerReferences).length > 0) return [];
    const call = deletions.find((each) => isDeletedBy(each, id, run, input));
    const maker = call && makers.byAnyName(onlyProgramOf(object.metadata), object);
    return call && maker !== undefined && mayCreate(maker, id, input) ? [{ id, maker, call }] : [];
  });
}

function isDeletedBy(call: Call, id: ObjectId, run: HookRun, input: RuleInput): boolean {
  return reachesOf({ ...run, calls: [call], targets: [] }, resourceOf(id, input)).some((reach) => isReached(id, reach, input));
}

/** Objects of Kubernetes' own kinds that the script names, and that a workload of the release may create. */
function namedCases(run: HookRun, input: RuleInput): Case[] {
  return run.calls
    .filter(({ verb, namespace }) => verb === 'delete' && namespace !== '?')
    .flatMap((call) =>
      namedIn(call, run).flatMap((id): Case[] => {
        if (input.given.has(id) || isOfInstallation(id, input)) return [];
        const maker = input.world.workloads.find((each) => input.isDeleted(each.id) && createsAs(each, id, input));
        return maker ? [{ id, maker: maker.id, call }] : [];
      }),
    );
}

function namedIn({ types, names, namespace }: Call, run: HookRun): ObjectId[] {
  const known = names.filter((name) => !/[$*{]/.test(name));
  return types
    .flatMap(builtInOf)
    .flatMap(({ group, kind, isClusterScoped }) =>
      known.map((name) => makeId(group, kind, isClusterScoped ? undefined : (namespace ?? run.namespace), name)),
    );
}

function builtInOf(type: string) {
  const found = builtInNamed(type);
  return found === undefined || passing.has(found.kind) ? [] : [found];
}

/** These come and go all the time; definitions have rules of their own. */
const passing = new Set(['Pod', 'Job', 'Event', 'Lease', 'Endpoints', 'EndpointSlice', 'ReplicaSet', 'CustomResourceDefinition']);

function mayCreate(workload: ObjectId, id: ObjectId, input: RuleInput): boolean {
  const found = input.world.workloads.find((each) => each.id === workload);
  return found !== undefined && createsAs(found, id, input);
}

function createsAs({ namespace: home, serviceAccount }: Workload, id: ObjectId, input: RuleInput): boolean {
  const { group, resource } = resourceOf(id, input);
  const { namespace } = parseId(id);
  const place = namespace === undefined ? {} : { namespace };
  return allows(input.rightsOf(`${home}/${serviceAccount}`), { verb: 'create', group, resource, ...place });
}

/** Then a Job of the installation made it, and that does not run any more. */
function isOfInstallation(id: ObjectId, input: RuleInput): boolean {
  const { workloads } = input.world;
  return input.hooks.some(
    (hook) =>
      hook.events.some((event) => /^(pre|post)-(install|upgrade)$/.test(event)) &&
      workloads.some((each) => each.id === hook.id && createsAs(each, id, input)),
  );
}

/** The script has stopped the program before: it deleted its workload, or scaled it to zero. */
function stops({ verb, types, names }: Call, maker: ObjectId, input: RuleInput): boolean {
  if (verb !== 'delete' && verb !== 'scale') return false;
  const isMeant = types.some((type) => isMeantBy(resourceOf(maker, input), type));
  const { name } = parseId(maker);
  return isMeant && (names.length === 0 || names.some((each) => each === name || /[$*{]/.test(each)));
}

function findingOf({ hook }: HookRun, cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const makers = sorted(cases.map(({ maker }) => maker));
  const calls = [...new Map(cases.map(({ call }) => [call.text, call])).values()];
  const them = agree(ids, 'it', 'them');
  return {
    severity: input.live ? 'warning' : 'note',
    title: `${namesOf(ids)} may come back after hook ${describeId(hook.id)} deleted ${them}`,
    objects: [...ids, hook.id, ...makers],
    evidence: [
      ...calls.map(({ field, text }) => input.evidence(hook.id, `deletes ${them}`, field, text.slice(0, 160))),
      ...makers.map((id) =>
        input.evidence(id, `${input.live ? 'wrote' : 'may create'} ${them}, and still runs when the hook does`),
      ),
    ],
    consequence: `${namesOf(makers)} still ${agree(makers, 'runs', 'run')} when the hook deletes ${them}. If ${agree(makers, 'it creates', 'they create')} ${them} again, ${namesOf(ids)} ${agree(ids, 'exists', 'exist')} after the uninstall, which reports success. It depends on whether ${namesOf(makers)} ${agree(makers, 'watches', 'watch')} ${them}.`,
    remedies: [
      {
        says: `After the uninstall, see whether ${agree(ids, 'it exists', 'they exist')} again, and delete ${them} then.`,
        steps: [...Map.groupBy(ids, (id) => parseId(id).namespace).values()].map((those) =>
          look('after', 'kubectl', 'get', ...named(those, input)),
        ),
      },
    ],
    bookend: 'same',
  };
}
