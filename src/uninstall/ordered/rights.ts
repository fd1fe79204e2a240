/**
 * Which rights an uninstall needs, asked of the API server before the first delete: half an uninstall is the worst end,
 * and every right that is missing is named at once.
 *
 * One SelfSubjectRulesReview says what is granted in a namespace. It can only grant here: what it does not list, what
 * concerns the whole cluster, and everything where an authorizer cannot list its rules, a SelfSubjectAccessReview
 * answers.
 */
import { inTurns } from '../../cluster/in-turns.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { hooksOf, runsAtUninstall } from '../../knowledge/hooks.ts';
import { append } from '../../objects/append.ts';
import { fieldAt } from '../../objects/fields.ts';
import { idOfRef } from '../../objects/identity.ts';
import type { ObjectRef } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import { covers, type PolicyRule, rulesIn } from '../../objects/rbac.ts';
import type { Plan, PlanStep } from '../../plan/plan.ts';
import type { Subject } from '../../reading/subject.ts';
import type { TeardownPolicy } from '../../teardown/policy.ts';
import { builtInReach, type Reach } from '../../teardown/reach.ts';
import { stepQueries } from '../../teardown/watches.ts';
import { refIn } from '../tool.ts';
import { leaseOf, progressRef, type UninstallRecord } from './record.ts';

type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
/** What RBAC sees of a request; without a name it is about all. */
export type Need = { verb: Verb; ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace'> & { name?: string } };

export type RightsInput = {
  subject: Subject;
  plan: Plan;
  reach: Reach;
  onTimeout: TeardownPolicy['onTimeout'];
  /** Whether the hooks run. */
  hooks: boolean;
  /** Absent: nothing is written down. */
  record?: UninstallRecord;
  /** Where Helm keeps the revisions of a release. */
  stored?: readonly ObjectRef[];
};

/** Of what the manifests alone say: a look at the cluster needs these already. */
export function needsOfManifests(input: Omit<RightsInput, 'plan' | 'reach'>): Need[] {
  const refs = input.subject.objects.map(({ object }) => ({ object, ref: refIn(object) }));
  const going = refs.filter(({ object }) => keepReason(object) === undefined).map(({ ref }) => ref);
  const steps = going.map((ref): PlanStep => ({ id: idOfRef(ref), ref, mode: 'delete', after: [] }));
  const reading = refs.map(({ ref }): Need => ({ verb: 'get', ref }));
  return [...reading, ...needsOf({ ...input, plan: { steps }, reach: builtInReach(going) })];
}

/** Every kind of request that the uninstall will make. */
export function needsOf({ subject, plan, reach, onTimeout, hooks, record, stored = [] }: RightsInput): Need[] {
  const steps = plan.steps.filter(({ mode }) => mode === 'delete').map(({ ref }) => ref);
  const verbs: Verb[] = onTimeout === 'Force' ? ['get', 'delete', 'patch'] : ['get', 'delete'];
  const running = hooks ? hooksOf(subject.hooks).filter(runsAtUninstall) : [];
  return [
    ...steps.flatMap((ref) => verbs.map((verb) => ({ verb, ref }))),
    ...stepQueries(plan, undefined).flatMap((query) => reading(query)),
    ...reach.namespaces.flatMap((namespace) =>
      reach.watched.flatMap((kind) => reading({ ...kind, ...(namespace !== undefined && { namespace }) })),
    ),
    ...running.flatMap(({ object }) => needsOfHook(refIn(object))),
    ...stored.flatMap((ref) => (['get', 'patch', 'delete'] as const).map((verb) => ({ verb, ref }))),
    ...(record ? needsOfRecord(record) : []),
  ];
}

function reading({ apiVersion, kind, namespace }: Pick<ObjectRef, 'apiVersion' | 'kind' | 'namespace'>): Need[] {
  const ref = { apiVersion, kind, ...(namespace !== undefined && { namespace }) };
  return [
    { verb: 'list', ref },
    { verb: 'watch', ref },
  ];
}

function needsOfHook(ref: ObjectRef): Need[] {
  const { name: _, ...all } = ref;
  return [
    { verb: 'create', ref: all },
    ...(['get', 'delete'] as const).map((verb) => ({ verb, ref })),
    ...(ref.kind === 'Job' || ref.kind === 'Pod' ? reading(ref) : []),
  ];
}

function needsOfRecord(record: UninstallRecord): Need[] {
  const beside = [leaseOf(record), progressRef(record)];
  return [
    ...beside.flatMap((ref) => (['get', 'patch', 'delete'] as const).map((verb) => ({ verb, ref }))),
    ...beside.map(({ name: _, ...all }) => ({ verb: 'create' as const, ref: all })),
  ];
}

const width = 8;

/** What was granted a moment ago, so that one uninstall asks for it once. */
export type Granted = Map<string, Promise<readonly PolicyRule[]>>;

/**
 * @param granted what earlier checks of the same uninstall have heard; more is added
 * @throws BookendError `forbidden` that names every right that is missing
 */
export async function checkRights(cluster: Cluster, needs: readonly Need[], granted: Granted = new Map()): Promise<void> {
  const groups = new Map<string, Need[]>();
  for (const need of needs) {
    const { apiVersion, kind, namespace } = need.ref;
    append(groups, JSON.stringify([need.verb, apiVersion, kind, namespace]), need);
  }
  const namespaces = [...new Set(needs.flatMap(({ ref }) => ref.namespace ?? []))];
  const listed = await inTurns(width, namespaces, async (namespace) => {
    const rules = granted.get(namespace) ?? rulesOf(cluster, namespace);
    granted.set(namespace, rules);
    return [namespace, await rules] as const;
  });
  const rules = new Map(listed);
  const answers = await inTurns(width, [...groups.values()], (group) => missingIn(cluster, group, rules));
  const missing = [...new Set(answers.flat())];
  if (missing.length === 0) return;
  const [one] = missing;
  const count = missing.length === 1 ? 'a permission is missing' : `${missing.length} permissions are missing`;
  throw new BookendError('forbidden', `${count} for this uninstall: ${missing.join('; ')}`, {
    ...(one !== undefined && { reason: 'Forbidden' }),
    advice: 'Grant these permissions, or let somebody run the command who has them. Nothing was deleted.',
  });
}

/** Of requests that differ by the name alone: who may do it to all need not be asked about each. */
async function missingIn(
  cluster: Cluster,
  group: readonly Need[],
  granted: ReadonlyMap<string, readonly PolicyRule[]>,
): Promise<string[]> {
  const [first] = group;
  const info = first && (await cluster.kind(first.ref.apiVersion, first.ref.kind));
  if (!first || !info) return [];
  const { verb, ref } = first;
  const attributes = {
    verb,
    group: info.group,
    resource: info.resource,
    ...(ref.namespace !== undefined && info.namespaced && { namespace: ref.namespace }),
  };
  const rules = attributes.namespace === undefined ? [] : (granted.get(attributes.namespace) ?? []);
  const names = [...new Set(group.flatMap((need) => need.ref.name ?? []))];
  const isListed = (name?: string) => rules.some((rule) => covers(rule, { ...attributes, ...(name !== undefined && { name }) }));
  if (isListed() || (names.length > 0 && group.every(({ ref: { name } }) => name !== undefined && isListed(name)))) return [];
  if (await may(cluster, attributes)) return [];
  const where = attributes.namespace === undefined ? '' : ` in namespace ${attributes.namespace}`;
  const what = `${verb} ${info.resource}${info.group === '' ? '' : `.${info.group}`}`;
  if (names.length === 0) return [`${what}${where}`];
  const refused = await inTurns(width, names, async (name) => ((await may(cluster, { ...attributes, name })) ? [] : [name]));
  const lacking = refused.flat();
  if (lacking.length === 0) return [];
  const more = lacking.length - shown;
  return [`${what}${where} (${lacking.slice(0, shown).join(', ')}${more > 0 ? ` and ${more} more` : ''})`];
}

const shown = 5;

const authorization = 'authorization.k8s.io/v1';

/** What is surely granted in the namespace. None where not every authorizer has listed its rules. */
async function rulesOf(cluster: Cluster, namespace: string): Promise<PolicyRule[]> {
  try {
    const review = { apiVersion: authorization, kind: 'SelfSubjectRulesReview', metadata: { name: '' } };
    const { status } = await cluster.create({ ...review, spec: { namespace } });
    if (fieldAt(status, 'incomplete') !== false) return [];
    return rulesIn({ ...review, rules: fieldAt(status, 'resourceRules') });
  } catch (error) {
    if (isCode(error, 'forbidden', 'not-found', 'invalid')) return [];
    throw error;
  }
}

/** Whoever may not even ask is not stopped here: the API server will answer the requests themselves. */
async function may(cluster: Cluster, resourceAttributes: Record<string, unknown>): Promise<boolean> {
  try {
    const review = { apiVersion: authorization, kind: 'SelfSubjectAccessReview', metadata: { name: '' } };
    const answer = await cluster.create({ ...review, spec: { resourceAttributes } });
    return fieldAt(answer, 'status', 'allowed') === true;
  } catch (error) {
    if (isCode(error, 'forbidden', 'not-found')) return true;
    throw error;
  }
}
