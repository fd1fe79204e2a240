/**
 * What a ClusterOperator tells in its status about its own teardown. Without it a person would only see the finalizer,
 * and not the Pod that is waited for.
 */
import type { Instant } from '../../cluster/clock.ts';
import { conditionOf } from '../../objects/conditions.ts';
import { listOf, mapOf, textOf, textsOf } from '../../objects/fields.ts';
import { groupOf, type ObjectId } from '../../objects/identity.ts';
import { bookendGroup, teardownFinalizer } from '../../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { StepState } from '../../teardown/decide.ts';

export type ReportedTeardown = {
  /** In the order in which they go; empty until the operator has begun. */
  objects: ReportedObject[];
  /** How many are gone of how many, where not all of them are listed. */
  progress?: { gone: number; total: number };
  /** What the ClusterOperator as a whole waits for. */
  blocker?: string;
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
  blocker?: string;
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
  const order = listOf(teardown.order);
  const objects = inPlannedOrder(listOf(teardown.objects).flatMap(objectOf), order);
  const stalled = conditionOf(operator, 'Stalled');
  const isStalled = stalled?.status === 'True';
  const blocker = textOf(status.blocker) ?? (isStalled ? textOf(stalled?.message) : undefined) ?? silence(operator, order);
  const all = order.filter((item) => mapOf(item).mode !== 'barrier').length;
  const progress = objects.length < all ? progressOf(status.progress) : undefined;
  return {
    objects,
    ...(progress && { progress }),
    stalled: isStalled,
    ...(blocker !== undefined && { blocker }),
    failedHooks: listOf(teardown.failedPreStopHooks).map((hook) => {
      const { pod, message } = mapOf(hook);
      return { pod: String(pod), message: String(message) };
    }),
    notSeen: textsOf(teardown.notSeen),
  };
}

/** Nobody answers: the finalizer stays until an operator runs. */
function silence(operator: KubernetesObject, order: readonly unknown[]): string | undefined {
  const { deletionTimestamp, finalizers = [], name } = operator.metadata;
  if (deletionTimestamp === undefined || order.length > 0 || !finalizers.includes(teardownFinalizer)) return undefined;
  return `ClusterOperator ${name}: the Bookend operator has not begun its teardown; does its Deployment have a running Pod?`;
}

const states = new Set<string>(['Waiting', 'Deleting', 'Blocked', 'Gone', 'Kept', 'Passed'] satisfies StepState['state'][]);

function objectOf(entry: unknown): ReportedObject[] {
  const { object, state, since, blocker } = mapOf(entry);
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
      ...(text !== undefined && { blocker: text }),
      after: [],
    },
  ];
}

/** The written order knows who waits for whom, by position, and what is not ours. Barriers are seen through. */
function inPlannedOrder(objects: ReportedObject[], order: readonly unknown[]): ReportedObject[] {
  const items = order.map((item) => {
    const { object, mode, after } = mapOf(item);
    return { id: textOf(object) as ObjectId | undefined, mode, after: listOf(after).filter((at) => typeof at === 'number') };
  });
  const before = (positions: number[]): ObjectId[] =>
    positions.flatMap((at) => {
      const item = items[at];
      if (item?.mode === 'barrier') return before(item.after);
      return item?.id ?? [];
    });
  const known = new Map(items.map((item, position) => [item.id, { ...item, position }]));
  return objects
    .map((object) => {
      const item = known.get(object.id);
      if (!item) return object;
      const inhabited = object.state === 'Kept' && item.mode === undefined;
      return { ...object, foreign: item.mode === 'await', inhabited, after: [...new Set(before(item.after))] };
    })
    .sort((a, b) => (known.get(a.id)?.position ?? 0) - (known.get(b.id)?.position ?? 0));
}

/** `3/9` */
function progressOf(text: unknown): { gone: number; total: number } | undefined {
  const [, gone, total] = /^(\d+)\/(\d+)$/.exec(String(text)) ?? [];
  return gone === undefined ? undefined : { gone: Number(gone), total: Number(total) };
}
