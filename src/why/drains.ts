/**
 * What a controller that drains a node names: Pods that it could not evict, the budgets that refused it, and the node.
 * None of them has to be deleted with the object, though it waits for them.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { deleteObject, look, named } from './commands.ts';
import type { WhyContext } from './context.ts';
import { deletingSince } from './since.ts';

/** @returns undefined where the object is not part of a drain. @param says the words that name it */
export function drainBlockers(object: KubernetesObject, says: string, context: WhyContext): Blocker[] | undefined {
  if (object.kind === 'PodDisruptionBudget') return [budget(object, context)];
  if (deletingSince(object) !== undefined) return undefined;
  if (groupOf(object.apiVersion) === '' && object.kind === 'Node') return silentNode(object, context);
  return isPod(object) && /evict|drain/i.test(says) ? [unevicted(object, context)] : undefined;
}

/** It is in nobody's way but that of evictions: Pods that it keeps would go with a deletion. */
function budget(object: KubernetesObject, context: WhyContext): Blocker {
  const name = nameOf(object);
  const allowed = fieldAt(object, 'status', 'disruptionsAllowed');
  const value = String(allowed ?? '?');
  return {
    kind: 'status',
    says: allowed === 0 ? `${name} allows no eviction` : `${name} allows ${value} evictions`,
    object: refOf(object),
    stuck: allowed === 0,
    evidence: [{ object: name, field: 'status.disruptionsAllowed', value, says: 'evictions above this number are refused' }],
    remedies: [
      look('See which Pods it counts.', 'describe', ...named(object, context)),
      deleteObject(object, context, 'the protection of its Pods from being evicted together'),
    ],
    because: [],
  };
}

/** One that answers is not what is waited for, and its deletion would end no drain. */
function silentNode(node: KubernetesObject, context: WhyContext): Blocker[] {
  const ready = listOf(fieldAt(node.status, 'conditions'))
    .map(mapOf)
    .find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'True') return [];
  const name = nameOf(node);
  const value = `${String(ready.status)}: ${textOf(ready.reason) ?? ''}`;
  return [
    {
      kind: 'node',
      says: `${name} is not ready: its Pods cannot be seen to end`,
      object: refOf(node),
      stuck: true,
      evidence: [{ object: name, field: 'status.conditions[Ready]', value, says: textOf(ready.message) ?? 'it is not ready' }],
      remedies: [look('See what the node reports; then repair or restart it.', 'describe', ...named(node, context))],
      because: [],
    },
  ];
}

/** A deletion asks no budget. The workload of the Pod stays: it is to run on another node. */
function unevicted(pod: KubernetesObject, context: WhyContext): Blocker {
  const loses = `${nameOf(pod)}, though a budget may protect it; its controller creates another`;
  return {
    kind: 'status',
    says: `${nameOf(pod)}, which it names, has not been evicted`,
    object: refOf(pod),
    stuck: true,
    evidence: [],
    remedies: [deleteObject(pod, context, loses)],
    because: [],
  };
}
