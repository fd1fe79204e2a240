/**
 * Which objects of a kind a hook deletes: a script that deletes some of them, in its own namespace, by name or by
 * label, leaves the others to their fate.
 */

import { isCode } from '../../errors.ts';
import type { Hook } from '../../knowledge/hooks.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { isMeantBy } from '../../objects/kind-names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { labelMatcher } from '../../objects/selectors.ts';
import { type Resource, resourceOf } from './finalizer-servers.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import type { RuleInput } from './rule-input.ts';
import { listed } from './words.ts';

/** What a deletion is restricted to; without anything it means all objects of the kind. */
export type Reach = { namespace?: string; names?: readonly string[]; selector?: string };

export type HookDeleting = {
  hook: Hook;
  /** It deletes the object, or all of its kind that there can be. */
  sure: boolean;
  /** Of a kind: what it deletes and no more. */
  only?: Reach;
};

/**
 * The hook that deletes an object by its script, or may do so by the rights of its account when its program is not
 * known. Of an object that nobody has seen it is asked whether the hook deletes all of its kind.
 */
export function hookDeleting(
  id: ObjectId,
  input: RuleInput,
  events: readonly string[] = ['pre-delete'],
): HookDeleting | undefined {
  const resource = resourceOf(id, input);
  const seen = input.isSeen(id);
  const runs = hookRuns(input).filter(({ hook }) => hook.events.some((event) => events.includes(event)));
  let partial: HookDeleting | undefined;
  for (const run of runs) {
    const reaches = reachesOf(run, resource);
    if (reaches.some((reach) => isWhole(reach) || (seen && isReached(id, reach, input)))) return { hook: run.hook, sure: true };
    const [only] = reaches;
    if (only) partial ??= { hook: run.hook, sure: false, only };
  }
  if (partial && !seen) return partial;
  const unread = runs.find((run) => isUnread(run) && mayDelete(resource, input.rightsOf(run.account)));
  return unread && { hook: unread.hook, sure: false };
}

/** What the hook's program deletes of a kind. A name or a namespace that only the shell knows may be any. */
export function reachesOf({ calls, targets, namespace: home }: HookRun, resource: Resource): Reach[] {
  const isMeant = (word: string) => isMeantBy(resource, word);
  const ofCalls = calls
    .filter(({ verb, types }) => verb === 'delete' && types.some(isMeant))
    .map(({ names, namespace = home, selector }) =>
      reach(names, namespace === '*' || namespace === '?' ? undefined : namespace, selector),
    );
  const ofTargets = targets
    .filter(({ kind }) => isMeant(kind))
    .map(({ names = [], namespace, selector }) => reach(names, namespace ?? (names.length > 0 ? home : undefined), selector));
  return [...ofCalls, ...ofTargets].map(({ namespace, ...rest }) =>
    namespace === undefined || resource.isClusterScoped ? rest : { ...rest, namespace },
  );
}

function reach(names: readonly string[], namespace: string | undefined, selector: string | undefined): Reach {
  return {
    ...(namespace !== undefined && { namespace }),
    ...(names.length > 0 && !names.some((name) => /[$*{]/.test(name)) && { names }),
    ...(selector !== undefined && { selector }),
  };
}

/** All objects of the kind. */
export function isWhole({ namespace, names, selector }: Reach = {}): boolean {
  return namespace === undefined && names === undefined && selector === undefined;
}

export function isReached(id: ObjectId, { namespace, names, selector }: Reach, input: RuleInput): boolean {
  const parts = parseId(id);
  if (namespace !== undefined && parts.namespace !== namespace) return false;
  if (names !== undefined && !names.includes(parts.name)) return false;
  const object = input.given.get(id)?.object ?? input.world.byId(id);
  return selector === undefined || (object !== undefined && hasLabels(object, selector));
}

/** A selector that is put together at run time may select anything. */
function hasLabels(object: KubernetesObject, selector: string): boolean {
  if (selector.includes('$')) return true;
  try {
    return labelMatcher(selector)?.(object) ?? true;
  } catch (error) {
    if (isCode(error, 'invalid')) return false;
    throw error;
  }
}

/** `those named main in namespace shop`. */
export function reachInWords({ namespace, names, selector }: Reach): string {
  return [
    'those',
    ...(names ? [`named ${listed(names)}`] : []),
    ...(selector === undefined ? [] : [`with ${selector}`]),
    ...(namespace === undefined ? [] : [`in namespace ${namespace}`]),
  ].join(' ');
}

function isUnread({ calls, targets }: HookRun): boolean {
  return targets.length === 0 && (calls.length === 0 || calls.some(({ types }) => types.length === 0));
}

function mayDelete({ group, resource, namespace }: Resource, rights: readonly Right[]): boolean {
  return allows(rights, { verb: 'delete', group, resource, ...(namespace !== undefined && { namespace }) });
}
