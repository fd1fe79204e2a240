/**
 * A Namespace is deleted only when nothing of others is in it: its deletion would take along whatever is there. It is
 * kept otherwise, and says why; what may not be listed is not known to be nothing.
 */
import { describeId, describeRef, groupOf } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import { shellWord } from '../objects/shell-quote.ts';
import { blockedBy } from './blocker.ts';
import { mostNamed } from './bounds.ts';
import type { SeenInhabitants, SeenStep } from './seen.ts';
import { attemptFailed, type Decided, type StepInput, state } from './step-input.ts';

/** How long a look may be relied on: whoever creates something between a look and the deletion loses it, in ms. */
const freshMs = 2_000;
/**
 * What is about to go by itself gets so long from the first look that found anything, in ms; the rights of a new
 * binding too.
 */
const settleMs = 5_000;

function isNamespace({ apiVersion, kind }: Pick<ObjectRef, 'apiVersion' | 'kind'>): boolean {
  return kind === 'Namespace' && groupOf(apiVersion) === '';
}

/** Undefined: nothing of others is in it, as a look has just shown, or it is no Namespace that is to be deleted. */
export function inhabited({ step, now }: StepInput, seenStep: SeenStep): Decided | undefined {
  const { object, inhabitants } = seenStep;
  if (!isNamespace(step.ref) || !object || object.deletingSince !== undefined) return undefined;
  const look = { type: 'look', step: step.id } as const;
  if (!inhabitants) {
    const text = `${describeId(step.id)}: a current read must show that it contains nothing of others`;
    const blocker = attemptFailed(step, seenStep) ?? blockedBy('NamespaceNotRead', step.id, text);
    return { ...state(step, 'Deleting'), blocker, actions: [look] };
  }
  const { count, leaving, notLooked, at, since } = inhabitants;
  const isFresh = now - at < freshMs;
  if (count === 0 && leaving === 0 && notLooked.length === 0 && isFresh) return undefined;
  if (count + notLooked.length > 0 && at - since >= settleMs) {
    return { ...state(step, 'Kept'), blocker: blockedBy('NamespaceInUse', step.id, keptBecause(object.ref, inhabitants), since) };
  }
  const blocker =
    attemptFailed(step, seenStep) ?? blockedBy('NamespaceInUse', step.id, stillThere(object.ref, inhabitants), since);
  return { ...state(step, 'Deleting'), blocker, actions: isFresh ? [] : [look] };
}

/**
 * `Namespace x is kept, because 3 objects of others are in it: ConfigMap x/a, … Remove them, then: kubectl delete namespace x`.
 */
function keptBecause(ref: ObjectRef, { named, count, atLeast, notLooked }: SeenInhabitants): string {
  const inIt =
    count > 0
      ? [`${objects(count, atLeast)} of others ${count === 1 && !atLeast ? 'is' : 'are'} in it: ${names(named, count, atLeast)}`]
      : [];
  const unknown = notLooked.length > 0 ? [`these kinds cannot be listed: ${some(notLooked)}`] : [];
  const remedy =
    count > 0
      ? 'Check them. If they are not needed'
      : 'Grant list on these kinds in the Namespace, or check them yourself. If nothing is needed';
  return `${describeRef(ref)} is kept: ${[...inIt, ...unknown].join('; ')}. ${remedy}: kubectl delete namespace ${shellWord(ref.name)}`;
}

function stillThere(ref: ObjectRef, { named, count, atLeast, leaving, firstLeaving, notLooked }: SeenInhabitants): string {
  if (count > 0)
    return `${describeRef(ref)}: ${names(named, count, atLeast)} ${count === 1 && !atLeast ? 'is' : 'are'} still in it`;
  if (leaving > 0) {
    const more = leaving > 1 ? ` and ${(leaving - 1).toLocaleString('en-US')} more` : '';
    return `${describeRef(ref)}: ${firstLeaving ? describeId(firstLeaving) : 'something'}${more} in it goes first`;
  }
  if (notLooked.length > 0) return `${describeRef(ref)}: what is in it may not be listed: ${some(notLooked)}`;
  return `${describeRef(ref)}: a current read must show that it contains nothing of others`;
}

function objects(count: number, atLeast: boolean): string {
  return `${atLeast ? 'more than ' : ''}${count.toLocaleString('en-US')} object${count === 1 ? '' : 's'}`;
}

function names(named: SeenInhabitants['named'], count: number, atLeast: boolean): string {
  const more = count - named.length;
  const shown = named.map(describeId).join(', ');
  return more > 0 ? `${shown} and ${atLeast ? 'more than ' : ''}${more.toLocaleString('en-US')} more` : shown;
}

function some(texts: readonly string[]): string {
  const more = texts.length - mostNamed;
  return `${texts.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
