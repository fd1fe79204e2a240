/** The sentences about the controllers of a finalizer: one works on it, none can, or none was found. */

import type { Server } from '../knowledge/serving/server.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import type { Blocker } from './blocker.ts';
import { inNamespace, look, named, removeFinalizer } from './commands.ts';
import type { WhyContext } from './context.ts';
import type { ControllerState } from './controllers.ts';
import { mayUpdate } from './rights.ts';
import { deletingSince, isSlow } from './since.ts';

export type Judged = Pick<Blocker, 'says' | 'stuck' | 'remedies'>;
/** With what refuses the removal of any finalizer of the object. */
export type GatedContext = WhyContext & { gates: readonly Blocker[] };
export type Controller = { each: Server; state: ControllerState };

/** At least one of those that may serve it runs. */
export function served(
  { each, state }: Controller,
  dead: readonly Controller[],
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: GatedContext,
): Judged {
  const its = whose(each);
  const isRefused = context.gates.length > 0;
  const logs = state.object && look('The logs say what the controller does.', 'logs', ...logsOf(state.object), '--tail=100');
  const remedies = [...(logs ? [logs] : []), ...(isRefused ? [] : removal(object, finalizer, context))];
  if (state.object && mayUpdate(state.object, object, context) === false) {
    return {
      says: `${start}: ${its} ${state.name} runs, but no role that is bound to its account allows it to update the object`,
      stuck: true,
      remedies,
    };
  }
  const since = deletingSince(object);
  const [other] = dead;
  const beside = other ? `; ${other.state.name}, which may be it too, ${other.state.trouble}` : '';
  const does = since === undefined ? 'runs, and would remove it' : 'runs and has not removed it yet';
  const says = `${start}: ${its} ${state.name} ${does}${beside}`;
  // What refuses its update is to blame, and not the controller.
  const stuck = isSlow(since, context) && !isRefused;
  return { says, stuck, remedies: [...dead.flatMap((each) => each.state.remedies), ...remedies] };
}

/** None of those that may serve it can work. */
export function dead(
  states: readonly Controller[],
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: GatedContext,
): Judged {
  const [first] = states;
  const more = states.length > 1 ? `, nor do ${states.length - 1} more that could serve it` : '';
  const says = `${start}: ${first ? `${whose(first.each)} ${first.state.name} ${first.state.trouble}${more}` : 'nobody serves it'}`;
  return {
    says,
    stuck: true,
    remedies: [...states.flatMap(({ state }) => state.remedies), ...removal(object, finalizer, context)],
  };
}

/** Nobody was found. */
export function unserved(finalizer: string, object: KubernetesObject, start: string, context: GatedContext): Judged {
  const seen =
    context.notSeen.length > 0
      ? 'no visible workload serves it'
      : 'no workload in this cluster serves it, judging by roles and names';
  const says = `${start}: ${seen}; its controller is gone or runs elsewhere`;
  // Its controller, installed again, would clean up as well. What that deletes, and where it can run, nobody knows
  // here.
  const ask = look('See who has written the object.', 'get', ...named(object, context), '-o', 'yaml', '--show-managed-fields');
  // What refuses the removal comes first.
  const looks = context.gates.length > 0 ? [] : [ask];
  return { says, stuck: true, remedies: [...looks, ...removal(object, finalizer, context)] };
}

/** Before the deletion its controller would put it back. */
export function removal(object: KubernetesObject, finalizer: string, context: GatedContext): ProposedRemedy[] {
  if (deletingSince(object) === undefined) return [];
  const before = context.gates.flatMap(({ remedies }) => remedies.slice(-1));
  return [removeFinalizer(object, finalizer, context, before)];
}

function whose({ confidence }: Server): string {
  return confidence === 'certain'
    ? 'its controller'
    : confidence === 'likely'
      ? 'its controller (likely)'
      : 'its controller (possibly)';
}

function logsOf(object: KubernetesObject): string[] {
  const { kind, metadata } = object;
  const container = mainContainer(object);
  const words = [`${kind.toLowerCase()}/${metadata.name}`, ...inNamespace(metadata.namespace)];
  return container === undefined ? words : [...words, '-c', container];
}

/** Of several containers kubectl takes the first, which may be a proxy in front of the one that matters. */
function mainContainer(object: KubernetesObject): string | undefined {
  const template = podTemplateOf(object);
  const names = listOf(template?.spec.containers).flatMap((container) => textOf(fieldAt(container, 'name')) ?? []);
  if (names.length < 2) return undefined;
  const chosen = textOf(template?.annotations['kubectl.kubernetes.io/default-container']);
  const likely = names.find((name) => name === 'manager' || object.metadata.name.includes(name));
  return names.find((name) => name === chosen) ?? likely ?? names[0];
}
