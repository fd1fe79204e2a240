/**
 * A finalizer, who should remove it, and why that does not happen: its controller does not run, does not exist or lacks
 * permissions, or its update would be rejected.
 */

import { managersOfFinalizer } from '../knowledge/serving/field-managers.ts';
import type { Server } from '../knowledge/serving/server.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { describeRef, groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Blocker, Proof } from './blocker.ts';
import { isGuard } from './commands.ts';
import type { WhyContext } from './context.ts';
import { controllerState } from './controllers.ts';
import { inUseBlockers } from './in-use.ts';
import { servedByKubernetes } from './kubernetes-finalizers.ts';
import { originOf } from './origin.ts';
import { refusingPolicies } from './policies.ts';
import { refusals } from './refusals.ts';
import { dead, type GatedContext, served, unserved } from './servers.ts';
import { deletingSince } from './since.ts';
import { storageBlockers } from './storage.ts';
import { deadWebhooks } from './webhooks.ts';

/** These have questions of their own, which know more. */
const explainedElsewhere = new Set([
  ...['foregroundDeletion', 'orphan', 'kubernetes', 'customresourcecleanup.apiextensions.k8s.io', 'bookend.dev/teardown'],
  ...['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection'],
]);

export function finalizerBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  const all = object.metadata.finalizers ?? [];
  // The last one first: its removal leaves the places of the others as they are.
  const finalizers = all.filter((finalizer) => !explainedElsewhere.has(finalizer)).toReversed();
  const refusing =
    finalizers.length > 0 ? [...deadWebhooks(object, 'UPDATE', context), ...refusingPolicies(object, 'UPDATE', context)] : [];
  // Those that have said no; whether others can be called was found out.
  const told = finalizers.length > 0 ? refusals(object, context).filter(({ says }) => / refuses(:|$)/.test(says)) : [];
  const gates = [...refusing, ...told];
  const isInUse = finalizers.some(isGuard) && [...storageBlockers(object, context), ...inUseBlockers(object, context)].length > 0;
  const held = finalizers.map((finalizer) => {
    const blocker = blockerOf(finalizer, object, { ...context, gates: gates.filter(({ stuck }) => stuck) });
    return isInUse && isGuard(finalizer) ? guarded(blocker) : blocker;
  });
  // What refuses the update comes first: until it is out of the way, no finalizer can be removed.
  const isDead = deletingSince(object) !== undefined && held.some(({ stuck }) => stuck);
  return [...(isDead ? refusing.map(toldBelow) : refusing), ...held];
}

/**
 * It does what it is for, and its removal would take the object from under those who use it. A controller that does not
 * run must all the same be started again.
 */
function guarded(blocker: Blocker): Blocker {
  const remedies = blocker.remedies.filter(({ steps }) => !steps.some((step) => step.do === 'run' && step.argv[1] === 'patch'));
  const isOnlyInUse = remedies.every(({ loses }) => loses === undefined);
  return { ...blocker, stuck: blocker.stuck && !isOnlyInUse, remedies };
}

/** The removal of a finalizer that nobody else removes has the removal of what refuses it as its first step. */
function toldBelow(blocker: Blocker): Blocker {
  return blocker.stuck ? { ...blocker, remedies: blocker.remedies.slice(0, -1) } : blocker;
}

function blockerOf(finalizer: string, object: KubernetesObject, context: GatedContext): Blocker {
  const at = (object.metadata.finalizers ?? []).indexOf(finalizer);
  const name = describeRef(refOf(object));
  const proof: Proof = {
    object: name,
    field: `metadata.finalizers[${at}]`,
    value: finalizer,
    says: 'keeps the object until it is removed',
  };
  const start = `finalizer ${finalizer} on ${name}`;
  const servers = context.serving.serversOfFinalizer(finalizer, object);
  const base = { kind: 'finalizer' as const, object: refOf(object), because: [] };
  if (servers === 'kubernetes') {
    const judged = servedByKubernetes(finalizer, object, start, context);
    return { ...base, ...judged, evidence: [proof, ...judged.evidence] };
  }
  const [server] = servers;
  if (!server)
    return {
      ...base,
      ...unserved(finalizer, object, start, context),
      evidence: [proof, ...setBy(finalizer, object), ...installedBy(object, context)],
    };
  const states = servers.map((each) => ({ each, state: controllerState(each.workload, context) }));
  const alive = states.find(({ state }) => state.trouble === undefined);
  if (alive) {
    const others = states.filter(({ state }) => state.trouble !== undefined);
    const evidence = [proof, ...proofOf(alive.each), ...others.flatMap(({ state }) => state.evidence)];
    return { ...base, ...served(alive, others, finalizer, object, start, context), evidence };
  }
  return {
    ...base,
    ...dead(states, finalizer, object, start, context),
    evidence: [proof, ...states.flatMap(({ each, state }) => [...state.evidence, ...proofOf(each)])],
  };
}

function proofOf({ evidence }: Server): Proof[] {
  return evidence
    .slice(0, 3)
    .map(({ object, field, value, says }) => ({ object, ...(field && { field }), ...(value && { value }), says }));
}

/** Who installed the kind has installed its controller too, as a rule. */
function installedBy(object: KubernetesObject, { world }: WhyContext): Proof[] {
  const definition = world.crdOf(groupOf(object.apiVersion), object.kind);
  return [definition, object].flatMap((each): Proof[] => {
    const origin = each && originOf(each);
    return each && origin ? [{ object: describeRef(refOf(each)), says: `comes from ${origin}` }] : [];
  });
}

/** The last trace of who is gone. */
function setBy(finalizer: string, object: KubernetesObject): Proof[] {
  return managersOfFinalizer(finalizer, object).map((manager) => {
    const entry = listOf(object.metadata.managedFields).find((each) => fieldAt(each, 'manager') === manager);
    const time = textOf(fieldAt(entry, 'time'));
    const field = 'metadata.managedFields';
    return {
      object: describeRef(refOf(object)),
      field,
      value: manager,
      says: `field manager ${manager} has set it${time ? `, last at ${time}` : ''}`,
    };
  });
}
