/**
 * Pods that still live on a step of the plan, and are not gone with what the plan has before it: mostly Pods of others
 * that name one of our ServiceAccounts, Secrets, ConfigMaps or claims. They are waited for and never touched; when the
 * time is over, `onTimeout` decides what becomes of our object.
 */
import { describeId, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { PlanStep } from '../plan/plan.ts';
import { blockedBy } from './blocker.ts';
import { podKind } from './kinds.ts';
import type { SeenStep, SeenUser } from './seen.ts';
import { type Decided, type StepInput, state } from './step-input.ts';

/**
 * Waits while such a Pod lives. With Continue and Force it goes on without waiting for those that have had their time:
 * our object goes, their Pod stays. So nobody keeps rights of ours by a Pod that never ends, and no time-out ever
 * deletes what is not ours.
 */
export function stillUsed(input: StepInput, seenStep: SeenStep): Decided | undefined {
  const { step, policy, now } = input;
  const { object } = seenStep;
  const users = usersOf(input, seenStep);
  if (step.mode !== 'delete' || users.length === 0 || !object || object.deletingSince !== undefined) return undefined;
  const isOver = now - (seenStep.usedSince ?? now) >= policy.timeoutMs;
  const isLate = ({ since }: SeenUser) => isOver || now - (since ?? now) >= policy.timeoutMs;
  const inTime = users.filter((user) => !isLate(user));
  if (policy.onTimeout !== 'Stop' && inTime.length === 0) return undefined;
  const isBlocked = policy.onTimeout === 'Stop' && inTime.length < users.length;
  const first = inTime.length > 0 && !isBlocked ? inTime : users;
  const [user] = first;
  const blocker = blockedBy('UsedByPod', user ? podId(user) : step.id, usersText(step, first, users.length), user?.since);
  return { ...state(step, isBlocked ? 'Blocked' : 'Waiting'), blocker, isUsed: true };
}

/**
 * Without the Pods of steps that are over: the plan knows those, and with Continue the user has asked to go on without
 * them.
 */
function usersOf({ settled }: StepInput, { users = [] }: SeenStep): SeenUser[] {
  return users.filter(({ maker }) => maker === undefined || !settled.has(maker));
}

/** The same step, with the Pods named that lose it, where its deletion no longer waits for them. */
export function inSpiteOfUsers(decided: Decided, input: StepInput, seenStep: SeenStep): Decided {
  const { step } = input;
  const users = usersOf(input, seenStep);
  const isDeleted = decided.actions.some((action) => action.type === 'delete');
  return isDeleted && users.length > 0 ? { ...decided, inSpiteOf: usersText(step, users, users.length) } : decided;
}

/**
 * `Pod a/visitor uses ServiceAccount a/agent (spec.serviceAccountName), and is not part of this teardown (and 2 more Pods)`.
 */
function usersText(step: PlanStep, [first]: readonly SeenUser[], count: number): string {
  if (!first) return describeId(step.id);
  const who = describeId(podId(first));
  const what = `uses ${describeId(first.names)} (${first.field})`;
  const through = first.names === step.id ? '' : `, which ${describeId(step.id)} gives its rights`;
  const whose = first.maker === undefined ? ', and is not part of this teardown' : `, and belongs to ${describeId(first.maker)}`;
  const more = count === 1 ? '' : ` (and ${(count - 1).toLocaleString('en-US')} more Pod${count === 2 ? '' : 's'})`;
  return `${who} ${what}${through}${whose}${more}`;
}

function podId({ pod: { namespace, name } }: SeenUser): ObjectId {
  return idOfRef({ ...podKind, namespace, name });
}
