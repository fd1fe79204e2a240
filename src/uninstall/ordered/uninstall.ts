/**
 * An uninstall in order, as a preview plays it and as it runs on a real cluster: Helm's hooks where Helm runs them, and
 * between them everything of the release in the order in which it needs each other.
 *
 *     look ──► order on record ──► status uninstalling ──► pre-delete hooks ──► teardown ──► post-delete hooks ──►
 *     history
 *
 * It can end after any write and be called again: each part finds out by itself what of it is done.
 */
import type { Instant } from '../../cluster/clock.ts';
import { decorated } from '../../cluster/decorated.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { hooksOf } from '../../knowledge/hooks.ts';
import { groupOf, idOf, idOfRef, type ObjectId } from '../../objects/identity.ts';
import { keepAnnotation } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Action, Decision } from '../../teardown/decide.ts';
import type { TeardownPolicy } from '../../teardown/policy.ts';
import { findingsOf, type Round, type RoundSoFar, runTeardown } from '../../teardown/run.ts';
import { type Survey, survey } from '../../teardown/survey.ts';
import { planOfSurvey } from '../../teardown/survey-plan.ts';
import { type HookEvent, runHooks } from '../helm-hooks.ts';
import { elapsed, type UninstallContext } from '../tool.ts';
import type { Choices } from './choices.ts';
import type { ConcernedKind } from './custom-resources.ts';
import { deletingHooks } from './deleting-hooks.ts';
import type { History } from './history.ts';
import { goneIn, inKeptOrder, permittedIn } from './kept-order.ts';
import type { Memory, Progress } from './progress.ts';
import { rightsOfOthers } from './rights-of-others.ts';
import { namesOf, nothingSelected, type Selection, select, withKeep } from './selection.ts';

/** @typeParam End what the caller may end it with */
export type OrderedOptions<End extends object> = {
  context: UninstallContext;
  choices: Choices;
  /** What other releases that go in the same call name. */
  alsoGoing?: ReadonlySet<ObjectId>;
  /**
   * An object that was made since the order was written, in place of one of the same name. `stays`: somebody needs it.
   * `goes-at-start`: it is what the person has seen and confirmed; one that comes later stays. `goes`: whatever has
   * the name goes. Default: `stays`.
   */
  madeAgain?: 'stays' | 'goes-at-start' | 'goes';
  /** Of a namespace that goes with all that is in it: what that is now. Default: the subject of the context. */
  readSubject?(): Promise<Subject>;
  memory: Memory;
  history?: History;
  /** A random word, for a first start. */
  nonce: string;
  /** What is read beside the first look: nothing is changed before it has ended. */
  prepare?(): Promise<unknown>;
  policy(selection: Selection): TeardownPolicy;
  gatherMs?: number;
  /** Waits for a part of it, unless something ends it first. */
  within<T extends object>(part: Promise<T>): Promise<T | { end: End }>;
  /** Told of each look that the teardown goes by. */
  onLook?(look: Look): void;
  /** Told of every decision; what it gives ends the uninstall. */
  onDecision(decision: Decision, round: RoundSoFar): End | undefined;
  onForced?(action: Action): void;
  /** Told what comes next, in words. */
  onNote?(text: string): void;
  eventsLateMs?(round: Round): number;
  onRoundOver?(round: RoundSoFar): void;
};

export type OrderedEnd<End> =
  | { how: 'done'; selection: Selection }
  | { how: 'hook-failed'; event: HookEvent; message: string }
  | { how: 'ended'; end: End };

/** What a look needs. */
export type LookOptions = Pick<OrderedOptions<object>, 'context' | 'choices' | 'alsoGoing' | 'madeAgain' | 'readSubject'>;

/** What is to go as it was read a moment ago: for a look that a person sees, and that another one follows. */
export type AsRead = { subject: Subject; living?: ReadonlyMap<ObjectId, KubernetesObject> };

/** What is to go, what stays, and the order, as things stand now. */
export type Look = { selection: Selection; plan: Plan; round: Round };

/**
 * @param written what an earlier look has ordered
 * @param when `start`: the first look of this process
 * @param asRead what need not be read again
 * @throws BookendError `blocked` when custom resources of others would go; `cycle`; as the cluster answers
 */
export async function lookAround(
  options: LookOptions,
  written: Plan,
  when: 'start' | 'later' = 'later',
  asRead?: AsRead,
): Promise<Look> {
  return planFor(options, written, when, await choose(options, written, when, asRead));
}

type Chosen = { context: UninstallContext; selection: Selection };

/** What is to go and what stays. */
async function choose(options: LookOptions, written: Plan, when: 'start' | 'later', asRead: AsRead | undefined): Promise<Chosen> {
  const { choices, alsoGoing = new Set(), madeAgain = 'stays', readSubject } = options;
  const given = asRead?.subject ?? (await readSubject?.());
  const context = given ? { ...options.context, subject: given } : options.context;
  const mayReplace = madeAgain === 'goes' || (madeAgain === 'goes-at-start' && when === 'start');
  const seen = new Map(mayReplace ? [] : written.steps.map(({ ref }) => [idOfRef(ref), ref.uid ?? '']));
  const selection = await select(context, { choices, seen, alsoGoing, ...(asRead?.living && { living: asRead.living }) });
  await refuseByChoice(context, selection, choices, written.steps.length > 0);
  return { context, selection };
}

async function planFor(
  options: LookOptions,
  written: Plan,
  when: 'start' | 'later',
  { context: { cluster, subject }, selection }: Chosen,
): Promise<Look> {
  const { choices } = options;
  const ids = new Set([...subject.objects, ...subject.crds].map(({ object }) => idOf(object)));
  const whole = subject.from === 'namespace' ? { namespace: subject.namespace } : {};
  const order = permittedIn(written, { ids, kinds: selection.kinds, ...whole });
  const living = new Set(selection.objects.map(idOf));
  const surveyed = await survey(cluster, selection.objects, goneIn(order, living));
  const found = subject.from === 'release' || subject.from === 'chart' ? surveyed : withRightsOfOthers(surveyed);
  // Somebody created it since: whether it may go is for the next look to say.
  const isMissed = (id: ObjectId) => !living.has(id) && !selection.instances.has(id);
  if (found.objects.map(idOf).some(isMissed)) return lookAround(options, written, when);
  const fresh = choices.customResources === 'keep' ? planThatKeeps(found, selection) : planOfSurvey(found);
  const isGoing = ({ metadata }: KubernetesObject) => metadata.deletionTimestamp !== undefined;
  const notYetDeleted = new Set(found.objects.filter((object) => !isGoing(object)).map(idOf));
  const ordered = order.steps.length === 0 ? fresh : inKeptOrder(order, fresh, notYetDeleted);
  const plan = choices.customResources === 'keep' ? withWishOf(ordered) : ordered;
  if (choices.customResources === 'keep' && subject.from === 'release' && written.steps.length === 0)
    refuseToKeepAll(plan, ids, selection);
  return { selection, plan, round: { plan, found: findingsOf(found) } };
}

/** Only the history would go: then Helm would know nothing of what runs on. */
function refuseToKeepAll({ steps }: Plan, released: ReadonlySet<ObjectId>, { foreign }: Selection): void {
  const staying = steps.flatMap(({ id, mode }) => (mode === 'keep' && released.has(id) ? id : []));
  if (staying.length === 0 || steps.some(({ mode }) => mode === 'delete')) return;
  throw new BookendError('blocked', `custom resources that stay need everything of the release: ${namesOf(foreign.map(idOf))}`, {
    advice: 'Leave the release installed, or pass --custom-resources delete to delete them first. Nothing was deleted.',
  });
}

function withRightsOfOthers(found: Survey): Survey {
  return { ...found, provenOutside: [...(found.provenOutside ?? []), ...rightsOfOthers(found.objects)] };
}

/** Custom resources that stay keep every workload that may watch or change them, with what that needs. */
function planThatKeeps(found: Survey, { foreign }: Selection): Plan {
  const first = planOfSurvey(found);
  const staying = new Set(foreign.map(idOf));
  const servers = new Set(first.steps.flatMap(({ id, servedBy = [] }) => (staying.has(id) ? servedBy : [])));
  if (servers.size === 0) return first;
  return planOfSurvey({
    ...found,
    objects: found.objects.map((object) => (servers.has(idOf(object)) ? withKeep(object) : object)),
  });
}

/** The plan knows an annotation; the person has given an option. */
function withWishOf({ steps }: Plan): Plan {
  const annotation = `annotation ${keepAnnotation}: "true"`;
  return {
    steps: steps.map((step) =>
      step.reason === undefined ? step : { ...step, reason: step.reason.replaceAll(annotation, '--custom-resources keep') },
    ),
  };
}

/**
 * Custom resources that lose anything by what is still to come: their definition, or an operator that is not on its way
 * yet. Those that somebody creates after it, of a definition that stays, are of no concern.
 */
function stillServed({ foreign, kinds, objects }: Selection): KubernetesObject[] {
  const running = new Set(objects.flatMap((object) => (object.metadata.deletionTimestamp === undefined ? idOf(object) : [])));
  const isConcerned = ({ elsewhere, servers }: ConcernedKind) => elsewhere === undefined || servers.some((id) => running.has(id));
  const concerned = new Set(kinds.filter(isConcerned).map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`));
  return foreign.filter(({ apiVersion, kind }) => concerned.has(`${groupOf(apiVersion)}/${kind}`));
}

function refuseForeign(foreign: readonly ObjectId[], hasBegun: boolean, from: Subject['from']): void {
  if (foreign.length === 0) return;
  const [one, those] = foreign.length === 1 ? ['custom resource', 'it'] : ['custom resources', 'them'];
  throw new BookendError('blocked', `${foreign.length} ${one} ${whoseNot[from]}: ${namesOf(foreign)}`, {
    advice: `Pass --custom-resources delete to delete ${those} first, or --custom-resources keep to keep ${those} with the operator and everything else they need. ${hasBegun ? 'The uninstall stopped.' : 'Nothing was deleted.'}`,
  });
}

/** What is said of custom resources of others. */
export const whoseNot: Readonly<Record<Subject['from'], string>> = {
  release: 'that this release did not make',
  chart: 'that this release did not make',
  files: 'that the files do not name',
  namespace: 'in other namespaces that nothing else serves',
};

async function refuseByChoice(
  context: UninstallContext,
  selection: Selection,
  { customResources }: Choices,
  hasBegun: boolean,
): Promise<void> {
  const { from } = context.subject;
  if (customResources === 'refuse')
    refuseForeign((hasBegun ? stillServed(selection) : selection.foreign).map(idOf), hasBegun, from);
  if (customResources === 'keep' && !hasBegun) await refuseHooks(context, selection);
}

async function refuseHooks(context: UninstallContext, { foreign }: Selection): Promise<void> {
  const hooks = await deletingHooks(context, foreign);
  if (hooks.length === 0) return;
  const which = `${hooks.length === 1 ? 'a hook' : 'hooks'} of the chart may delete custom resources that are to be kept`;
  const [names, kept] = [hooks.map(({ id }) => id), foreign.map(idOf)].map((ids) => namesOf(ids));
  throw new BookendError('blocked', `${which}: ${names} has the permission to delete ${kept}`, {
    advice: 'Pass --no-hooks to uninstall without the hooks. Nothing was deleted.',
  });
}

/** @throws BookendError as `lookAround` does, and what the memory and the history throw */
export async function uninstallInOrder<End extends object>(options: OrderedOptions<End>): Promise<OrderedEnd<End>> {
  const { context, memory, history, within } = options;
  const { scenario } = context;
  const [{ progress, first }] = await Promise.all([lookAtStart(options), options.prepare?.()]);
  const isKeeping = options.choices.customResources === 'keep';
  if (isKeeping && !progress.eventsDone.includes('pre-delete')) await refuseHooks(context, first.selection);
  progress.order = first.plan;
  const begin = async () => {
    await save(options, progress);
    await history?.markUninstalling();
  };
  for (const { id, says } of first.selection.kept) noteKept(context, id, says);
  const isStraight = !runsAt(options, progress, 'pre-delete');
  if (!isStraight) await begin();

  const before = scenario.hooks ? await within(hooks(options, progress, 'pre-delete')) : noFailure;
  if ('end' in before) return { how: 'ended', end: before.end };
  if (before.message !== undefined) return { how: 'hook-failed', event: 'pre-delete', message: before.message };

  // A hook may have changed anything. Where none ran the look is as current as another one would be.
  const ended = await teardown(options, progress, isStraight ? { ...first, begin } : undefined);
  if ('end' in ended) return { how: 'ended', end: ended.end };

  const after = scenario.hooks ? await within(hooks(options, progress, 'post-delete')) : noFailure;
  if ('end' in after) return { how: 'ended', end: after.end };
  if (after.message !== undefined) return { how: 'hook-failed', event: 'post-delete', message: after.message };
  await history?.close();
  await memory.forget();
  return { how: 'done', selection: ended.selection };
}

async function lookAtStart(options: OrderedOptions<object>): Promise<{ progress: Progress; first: Look }> {
  const { context, memory, nonce } = options;
  const nothing = { startedAt: context.clock.now(), nonce, hooksDone: [], eventsDone: [], order: { steps: [] } };
  const progress: Progress = (await memory.load()) ?? nothing;
  return { progress, first: await lookAround(options, progress.order, 'start') };
}

/** Where nothing is to be deleted and no hook runs there is nothing to continue. */
async function save({ memory, context: { subject } }: Pick<OrderedOptions<object>, 'memory' | 'context'>, progress: Progress) {
  if (progress.order.steps.length + subject.hooks.length > 0) await memory.save(progress);
}

const noFailure: { message?: string } = {};

async function hooks<End extends object>(
  { context, memory, onNote }: OrderedOptions<End>,
  progress: Progress,
  event: HookEvent,
): Promise<{ message?: string }> {
  if (progress.eventsDone.includes(event)) return {};
  const entry = (id: ObjectId) => `${event} ${id}`;
  if (hasHooks(context.subject, event)) onNote?.(`running the ${event} hooks`);
  const message = await runHooks({ ...context, scenario: { ...context.scenario, wait: true } }, event, 4, {
    mark: `${progress.nonce}.${event}`,
    isDone: (id) => progress.hooksDone.includes(entry(id)),
    done: async (id) => {
      progress.hooksDone.push(entry(id));
      await memory.save(progress);
    },
  });
  if (message !== undefined) return { message };
  progress.eventsDone.push(event);
  return {};
}

function hasHooks({ hooks: given }: Subject, event: HookEvent): boolean {
  return hooksOf(given).some(({ events }) => events.includes(event));
}

function runsAt({ context }: Pick<OrderedOptions<object>, 'context'>, { eventsDone }: Progress, event: HookEvent): boolean {
  return context.scenario.hooks && !eventsDone.includes(event) && hasHooks(context.subject, event);
}

type Gone = { selection: Selection };

/** @param first the look of a moment ago, and what must be written down before anything is deleted */
async function teardown<End extends object>(
  options: OrderedOptions<End>,
  progress: Progress,
  first: (Look & { begin(): Promise<void> }) | undefined,
): Promise<Gone | { end: End }> {
  const { context, onDecision, onForced, onNote, onRoundOver, eventsLateMs, within, gatherMs } = options;
  const { clock } = context;
  let policy = options.policy(nothingSelected);
  let rounds = 0;
  const startedAt: Instant = clock.now();
  const cluster = recorded(context);
  return runTeardown<Gone | { end: End }>({
    cluster,
    clock,
    startedAt,
    policy: () => ({ ...policy, isOnRecord: true }),
    ...(gatherMs !== undefined && { gatherMs }),
    async look(newcomers) {
      if (newcomers.length > 0) onNote?.(`${namesOf(newcomers.map(idOf), 3)} appeared during the uninstall: planning again`);
      const straight = rounds === 0 ? first : undefined;
      const look = straight ?? (await within(lookAround(options, progress.order)));
      if ('end' in look) return { end: { end: look.end } };
      policy = options.policy(look.selection);
      rounds += 1;
      progress.order = look.plan;
      options.onLook?.(look);
      return { ...look.round, record: straight?.begin ?? (() => save(options, progress)) };
    },
    async within(round) {
      const ended = await within(round);
      return 'how' in ended ? ended : { how: 'ended', end: { end: ended.end } };
    },
    onDecision: (decision, round) => {
      const end = onDecision(decision, round);
      return end && { end };
    },
    ...(onForced && { onForced }),
    ...(eventsLateMs && { eventsLateMs }),
    onRoundOver: (round) => onRoundOver?.(round),
    whenGone: async ({ plan }) => {
      const chosen = await choose(options, progress.order, 'later', undefined);
      // Of nothing there is no order to look for.
      const isOver = chosen.selection.objects.length === 0 || !(await isMoreToGo(options, progress.order, chosen, plan));
      if (!isOver && rounds <= mostRounds) return undefined;
      noteKeptSteps(context, plan);
      return { selection: chosen.selection };
    },
  });
}

/** Things that come again after so many rounds will always come again. */
const mostRounds = 10;

/** Whether something joined since the last look. */
async function isMoreToGo(options: LookOptions, written: Plan, chosen: Chosen, carriedOut: Plan): Promise<boolean> {
  const { plan } = await planFor(options, written, 'later', chosen);
  const known = new Set(carriedOut.steps.map(({ id }) => id));
  return plan.steps.some(({ id, mode }) => mode === 'delete' && !known.has(id));
}

function noteKept(context: UninstallContext, id: ObjectId, message: string): void {
  const at = elapsed(context);
  context.steps.push({ at, until: at, what: 'keep', id, message });
}

function noteKeptSteps(context: UninstallContext, plan: Plan): void {
  for (const { id, mode, reason = 'kept' } of plan.steps) if (mode === 'keep') noteKept(context, id, reason);
}

/** The same cluster, each of its deletes written down. */
function recorded(context: UninstallContext): Cluster {
  const { cluster, steps } = context;
  return decorated(cluster, {
    delete: async (ref, options) => {
      const step = { at: elapsed(context), what: 'delete', id: idOfRef(ref) } as const;
      try {
        const answer = await cluster.delete(ref, options);
        steps.push({ ...step, until: elapsed(context), answer });
        return answer;
      } catch (error) {
        const message = error instanceof BookendError ? error.message : String(error);
        steps.push({ ...step, until: elapsed(context), answer: 'failed', message });
        throw error;
      }
    },
  });
}
