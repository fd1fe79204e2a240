/** A finalizer, who should remove it, and why that does not happen: its controller is dead, gone or without rights, or its update would be refused. */

import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { builtInFinalizers } from '../objects/finalizers.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Server } from '../preview/model.ts';
import { managersOfFinalizer } from '../preview/serving/field-managers.ts';
import type { Blocker, Proof } from './blocker.ts';
import type { Context } from './blockers.ts';
import { removeFinalizer } from './commands.ts';
import { type ControllerState, controllerState } from './controllers.ts';
import { eventsAbout } from './events.ts';
import { mayUpdate } from './rights.ts';
import { deletingSince } from './since.ts';
import { deadWebhooks } from './webhooks.ts';

/** These have questions of their own, which know more. */
const explainedElsewhere = new Set([
  ...['foregroundDeletion', 'orphan', 'kubernetes', 'customresourcecleanup.apiextensions.k8s.io', 'bookend.dev/teardown'],
  ...['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection'],
]);

export function finalizerBlockers(object: KubernetesObject, context: Context): Blocker[] {
  const finalizers = (object.metadata.finalizers ?? []).filter((finalizer) => !explainedElsewhere.has(finalizer));
  const webhooks = finalizers.length > 0 ? deadWebhooks(object, 'UPDATE', context) : [];
  return finalizers.map((finalizer, index) => blockerOf(finalizer, object, index === 0 ? webhooks : [], context));
}

function blockerOf(finalizer: string, object: KubernetesObject, webhooks: Blocker[], context: Context): Blocker {
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
  const base = { kind: 'finalizer' as const, object: refOf(object), because: webhooks };
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
  if (alive)
    return { ...base, ...served(alive, finalizer, object, start, context), evidence: [proof, ...proofOf(alive.each), ...events] };
  return {
    ...base,
    ...dead(states, finalizer, object, start, context),
    evidence: [proof, ...states.flatMap(({ each, state }) => [...state.evidence, ...proofOf(each)]), ...events],
  };
}

type Judged = Pick<Blocker, 'says' | 'stuck' | 'help'>;
type Controller = { each: Server; state: ControllerState };

function served(
  { each, state }: Controller,
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: Context,
): Judged {
  const its = whose(each);
  const logs = state.object && {
    command: `kubectl logs -n ${state.object.metadata.namespace} ${logsOf(state.object)} --tail=100`,
    loses: 'nothing: it tells why',
  };
  const help = [...(logs ? [logs] : []), removeFinalizer(object, finalizer, context)];
  if (state.object && mayUpdate(state.object, object, context) === false) {
    return {
      says: `${start}: ${its} ${state.name} runs, but no role that is bound to its account allows it to update the object`,
      stuck: true,
      help,
    };
  }
  const since = deletingSince(object);
  const isSlow = since !== undefined && context.now - since > slowMs;
  return { says: `${start}: ${its} ${state.name} runs and has not removed it yet`, stuck: isSlow, help };
}

/** A controller that runs and has done nothing for so long will not do it either: most retry within minutes. */
const slowMs = 5 * 60_000;

function dead(
  states: readonly Controller[],
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: Context,
): Judged {
  const [first] = states;
  const more = states.length > 1 ? `, nor do ${states.length - 1} more that could serve it` : '';
  const says = `${start}: ${first ? `${whose(first.each)} ${first.state.name} ${first.state.trouble}${more}` : 'nobody serves it'}`;
  return { says, stuck: true, help: [...states.flatMap(({ state }) => state.help), removeFinalizer(object, finalizer, context)] };
}

function unserved(finalizer: string, object: KubernetesObject, start: string, context: Context): Judged {
  const seen =
    context.notSeen.length > 0
      ? 'nobody that could be seen serves it'
      : 'nobody in this cluster serves it, as far as roles and names tell';
  const says = `${start}: ${seen}; its controller is gone, or whoever set it must remove it`;
  const install = { command: 'install its controller again', loses: 'nothing: it then removes the finalizer itself' };
  return { says, stuck: true, help: [install, removeFinalizer(object, finalizer, context)] };
}

function whose({ confidence }: Server): string {
  return confidence === 'certain'
    ? 'its controller'
    : confidence === 'likely'
      ? 'its controller (likely)'
      : 'its controller (possibly)';
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

function logsOf({ kind, metadata }: KubernetesObject): string {
  return kind === 'Pod' ? metadata.name : `${kind.toLowerCase()}/${metadata.name}`;
}
