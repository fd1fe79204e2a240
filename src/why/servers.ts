/** What is said of a finalizer's controllers: that one works at it, that none can, or that nobody was found. */

import type { Server } from '../knowledge/serving/server.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellCommand } from '../objects/shell-quote.ts';
import type { Blocker } from './blocker.ts';
import { removeFinalizer } from './commands.ts';
import type { WhyContext } from './context.ts';
import type { ControllerState } from './controllers.ts';
import { mayUpdate } from './rights.ts';
import { deletingSince } from './since.ts';

export type Judged = Pick<Blocker, 'says' | 'stuck' | 'help'>;
export type Controller = { each: Server; state: ControllerState };

/** At least one of those that may serve it runs. */
export function served(
  { each, state }: Controller,
  dead: readonly Controller[],
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: WhyContext,
): Judged {
  const its = whose(each);
  const logs = state.object && {
    command: shellCommand('kubectl', 'logs', '-n', state.object.metadata.namespace ?? '', logsOf(state.object), '--tail=100'),
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
  const [other] = dead;
  const beside = other ? `; ${other.state.name}, which may be it too, ${other.state.trouble}` : '';
  const does = since === undefined ? 'runs, and would remove it' : 'runs and has not removed it yet';
  const says = `${start}: ${its} ${state.name} ${does}${beside}`;
  return { says, stuck: isSlow, help: [...dead.flatMap((each) => each.state.help), ...help] };
}

/** A controller that runs and has done nothing for so long will not do it either: most retry within minutes. */
const slowMs = 5 * 60_000;

/** None of those that may serve it can work. */
export function dead(
  states: readonly Controller[],
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: WhyContext,
): Judged {
  const [first] = states;
  const more = states.length > 1 ? `, nor do ${states.length - 1} more that could serve it` : '';
  const says = `${start}: ${first ? `${whose(first.each)} ${first.state.name} ${first.state.trouble}${more}` : 'nobody serves it'}`;
  return { says, stuck: true, help: [...states.flatMap(({ state }) => state.help), removeFinalizer(object, finalizer, context)] };
}

/** Nobody was found. */
export function unserved(finalizer: string, object: KubernetesObject, start: string, context: WhyContext): Judged {
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

function logsOf({ kind, metadata }: KubernetesObject): string {
  return kind === 'Pod' ? metadata.name : `${kind.toLowerCase()}/${metadata.name}`;
}
