/**
 * What a ClusterOperator tells in its status about its own teardown. Without it a person would only see the finalizer,
 * and not the Pod that is waited for.
 */
import type { Instant } from '../../cluster/clock.ts';
import { conditionOf } from '../../objects/conditions.ts';
import { listOf, mapOf, textOf, textsOf } from '../../objects/fields.ts';
import { describeId, groupOf, idOf, type ObjectId } from '../../objects/identity.ts';
import { bookendGroup, teardownFinalizer } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { inventoryOf } from '../../resource/status/inventory.ts';
import { orderOf } from '../../resource/status/order.ts';
import { unpackPositions } from '../../resource/status/positions.ts';
import { type Blocker, type BlockerReason, blockedBy, blockerReasons } from '../../teardown/blocker.ts';
import { mostListed } from '../../teardown/bounds.ts';
import type { StepState } from '../../teardown/decide.ts';
import { deletionPending } from '../../teardown/deletions.ts';

export type ReportedTeardown = {
  /** In the order in which they go; empty until the operator has begun. */
  objects: ReportedObject[];
  /** How many are gone of how many, where not all of them are listed. */
  progress?: { gone: number; total: number };
  /** What the ClusterOperator as a whole waits for. */
  blocker?: Blocker;
  /** Its own time is over for something. */
  stalled: boolean;
  failedHooks: { pod: string; message: string }[];
  notSeen: string[];
};

type ReportedObject = {
  id: ObjectId;
  state: StepState['state'];
  /** It is somebody else's and only waited for. */
  foreign: boolean;
  /** A Namespace that is kept, since objects of others are in it. */
  inhabited?: boolean;
  inTurn: boolean;
  since?: Instant;
  blocker?: Blocker;
  after: ObjectId[];
};

export function isClusterOperator({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return kind === 'ClusterOperator' && groupOf(apiVersion) === bookendGroup;
}

/**
 * Reads the status of a ClusterOperator that is being deleted. What is not as the schema has it counts as not there.
 */
export function insideOf(operator: KubernetesObject): ReportedTeardown {
  const status = mapOf(operator.status);
  const teardown = mapOf(status.teardown);
  const order = plannedOrder(status);
  const told = listOf(teardown.objects).flatMap(objectOf);
  const objects = inPlannedOrder([...told, ...untold(told, order, teardown)], order);
  const stalled = conditionOf(operator, 'Stalled');
  const isStalled = stalled?.status === 'True';
  const text = textOf(status.blocker) ?? (isStalled ? textOf(stalled?.message) : undefined);
  const blocker = text === undefined ? silence(operator, teardown) : blockedBy('OperatorWaits', idOf(operator), text);
  const all = order.filter(({ mode }) => mode !== 'barrier').length;
  const progress = objects.length < all ? progressOf(status.progress) : undefined;
  return {
    objects,
    ...(progress && { progress }),
    stalled: isStalled,
    ...(blocker && { blocker }),
    failedHooks: listOf(teardown.failedPreStopHooks).map((hook) => {
      const { pod, message } = mapOf(hook);
      return { pod: String(pod), message: String(message) };
    }),
    notSeen: textsOf(teardown.notSeen),
  };
}

/** Nobody answers: the finalizer stays until an operator runs. */
function silence(operator: KubernetesObject, teardown: Record<string, unknown>): Blocker | undefined {
  const { deletionTimestamp, finalizers = [], name } = operator.metadata;
  const hasBegun = textOf(teardown.startedAt) !== undefined;
  if (deletionTimestamp === undefined || hasBegun || !finalizers.includes(teardownFinalizer)) return undefined;
  const text = `ClusterOperator ${name}: the Bookend operator has not begun its teardown; does its Deployment have a running Pod?`;
  return blockedBy('OperatorSilent', idOf(operator), text);
}

const states = new Set<string>(['Waiting', 'Deleting', 'Blocked', 'Gone', 'Kept', 'Passed'] satisfies StepState['state'][]);

function objectOf(entry: unknown): ReportedObject[] {
  const { object, state, since, blocker, reason, waitsFor } = mapOf(entry);
  const id = textOf(object) as ObjectId | undefined;
  if (id === undefined || !states.has(String(state))) return [];
  const instant = Date.parse(textOf(since) ?? '');
  const text = textOf(blocker);
  return [
    {
      id,
      state: state as StepState['state'],
      foreign: false,
      inTurn: state === 'Deleting' || state === 'Blocked',
      ...(!Number.isNaN(instant) && { since: instant }),
      ...(text !== undefined && { blocker: blockedBy(reasonOf(reason), (textOf(waitsFor) as ObjectId | undefined) ?? id, text) }),
      after: [],
    },
  ];
}

/** An operator of another version may write a reason that is not known here, or none. */
function reasonOf(reason: unknown): BlockerReason {
  const text = textOf(reason) ?? '';
  return Object.hasOwn(blockerReasons, text) ? (text as BlockerReason) : 'OperatorWaits';
}

type Planned = { id: ObjectId | undefined; mode: unknown; after: number[] };

/** An order that cannot be read counts as not there. */
function plannedOrder(status: Record<string, unknown>): Planned[] {
  try {
    return orderOf(status.teardown, inventoryOf(status)).map(({ object, mode, after }) => ({
      id: textOf(object) as ObjectId | undefined,
      mode,
      after: listOf(after).filter((at) => typeof at === 'number'),
    }));
  } catch {
    return [];
  }
}

/**
 * Of a small teardown, what the status does not tell since it follows from the order: who is gone, who waits for what.
 */
function untold(told: readonly ReportedObject[], order: readonly Planned[], { gone }: Record<string, unknown>): ReportedObject[] {
  const objects = order.flatMap(({ id, mode }, position) => (id && mode !== 'barrier' ? { id, position, mode } : []));
  if (objects.length > mostListed) return [];
  const known = new Set(told.map(({ id }) => id));
  const goneAt = new Set(unpackPositions(textOf(gone) ?? '', order.length));
  const settled = new Set(told.flatMap(({ id, state }) => (state === 'Kept' || state === 'Passed' ? id : [])));
  for (const { id, position, mode } of objects) if (goneAt.has(position) || mode === 'keep') settled.add(id);
  return objects.flatMap(({ id, position, mode }): ReportedObject[] => {
    if (known.has(id)) return [];
    if (goneAt.has(position)) return [{ id, state: 'Gone', foreign: false, inTurn: true, after: [] }];
    const [first, ...others] = before(order, order[position]?.after ?? []).filter((each) => !settled.has(each));
    const common = { id, foreign: false, after: [] };
    if (mode === 'keep') return [{ ...common, state: 'Kept', inTurn: false }];
    if (mode === 'await') return [{ ...common, state: 'Waiting', inTurn: false }];
    if (first === undefined) return [{ ...common, state: 'Deleting', inTurn: true, blocker: deletionPending(id) }];
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    const blocker = blockedBy('DependentRemains', first, `waits for ${describeId(first)}${more}`);
    return [{ ...common, state: 'Waiting', inTurn: false, blocker }];
  });
}

/** The objects at these positions. Barriers are seen through. */
function before(order: readonly Planned[], positions: readonly number[], seen = new Set<number>()): ObjectId[] {
  return positions.flatMap((at) => {
    const item = order[at];
    if (!item || seen.has(at)) return [];
    if (item.mode !== 'barrier') return item.id ?? [];
    seen.add(at);
    return before(order, item.after, seen);
  });
}

/** The written order knows who waits for whom, by position, and what is not ours. */
function inPlannedOrder(objects: ReportedObject[], order: readonly Planned[]): ReportedObject[] {
  const known = new Map(order.map((item, position) => [item.id, { ...item, position }]));
  return objects
    .map((object) => {
      const item = known.get(object.id);
      if (!item) return object;
      const inhabited = object.state === 'Kept' && item.mode === undefined;
      return { ...object, foreign: item.mode === 'await', inhabited, after: [...new Set(before(order, item.after))] };
    })
    .sort((a, b) => (known.get(a.id)?.position ?? 0) - (known.get(b.id)?.position ?? 0));
}

/** `3/9` */
function progressOf(text: unknown): { gone: number; total: number } | undefined {
  const [, gone, total] = /^(\d+)\/(\d+)$/.exec(String(text)) ?? [];
  return gone === undefined ? undefined : { gone: Number(gone), total: Number(total) };
}
