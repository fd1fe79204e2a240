/**
 * A finalizer, who should remove it, and why that does not happen: its controller is dead, gone or without rights, or
 * its update would be refused.
 */

import { managersOfFinalizer } from '../knowledge/serving/field-managers.ts';
import type { Server } from '../knowledge/serving/server.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { builtInFinalizers } from '../objects/finalizers.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Blocker, Proof } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { controllerState } from './controllers.ts';
import { eventsAbout } from './events.ts';
import { refusingPolicies } from './policies.ts';
import { dead, served, unserved } from './servers.ts';
import { deadWebhooks } from './webhooks.ts';

/** These have questions of their own, which know more. */
const explainedElsewhere = new Set([
  ...['foregroundDeletion', 'orphan', 'kubernetes', 'customresourcecleanup.apiextensions.k8s.io', 'bookend.dev/teardown'],
  ...['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection'],
]);

export function finalizerBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => !explainedElsewhere.has(finalizer));
  const refusing =
    finalizers.length > 0 ? [...deadWebhooks(object, 'UPDATE', context), ...refusingPolicies(object, 'UPDATE', context)] : [];
  return finalizers.map((finalizer, index) => blockerOf(finalizer, object, index === 0 ? refusing : [], context));
}

function blockerOf(finalizer: string, object: KubernetesObject, refusing: Blocker[], context: WhyContext): Blocker {
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
  const base = { kind: 'finalizer' as const, object: refOf(object), because: refusing };
  const events = eventsAbout(object, context);
  if (servers === 'kubernetes') {
    const says = `${start}: ${builtInFinalizers.get(finalizer) ?? 'Kubernetes itself removes it'}`;
    return { ...base, says, stuck: false, evidence: [proof, ...events], help: [] };
  }
  const [server] = servers;
  if (!server)
    return { ...base, ...unserved(finalizer, object, start, context), evidence: [proof, ...setBy(finalizer, object), ...events] };
  const states = servers.map((each) => ({ each, state: controllerState(each.workload, context) }));
  const alive = states.find(({ state }) => state.trouble === undefined);
  if (alive) {
    const others = states.filter(({ state }) => state.trouble !== undefined);
    const evidence = [proof, ...proofOf(alive.each), ...others.flatMap(({ state }) => state.evidence), ...events];
    return { ...base, ...served(alive, others, finalizer, object, start, context), evidence };
  }
  return {
    ...base,
    ...dead(states, finalizer, object, start, context),
    evidence: [proof, ...states.flatMap(({ each, state }) => [...state.evidence, ...proofOf(each)]), ...events],
  };
}

function proofOf({ evidence }: Server): Proof[] {
  return evidence
    .slice(0, 3)
    .map(({ object, field, value, says }) => ({ object, ...(field && { field }), ...(value && { value }), says }));
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
