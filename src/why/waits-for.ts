/** One object that another waits for, with what holds it in turn. */
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Blocker } from './blocker.ts';
import { deletion, named } from './commands.ts';
import type { WhyContext } from './context.ts';
import { deletingSince } from './since.ts';

/** An object that must go first, with what holds it; one that nobody deletes is itself what is waited for. */
export function waitsFor(object: KubernetesObject, context: WhyContext, kind: Blocker['kind'], what: string): Blocker {
  const because = context.follow(object);
  const isDeleted = deletingSince(object) !== undefined;
  const name = describeRef(refOf(object));
  return {
    kind: isDeleted ? kind : 'not-deleted',
    says: isDeleted ? `${name}, ${what}, is still being deleted` : `${name}, ${what}, is not being deleted`,
    object: refOf(object),
    stuck: !isDeleted,
    evidence: [],
    help: isDeleted ? [] : [{ command: `kubectl delete ${named(object, context)}`, loses: deletion(object) }],
    because,
  };
}
