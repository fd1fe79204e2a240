/**
 * Carries the commands of a remedy out on the simulated cluster as they are printed: through the words of a shell, with
 * the verbs and flags that kubectl has. A command that kubectl would not take, that asks for more than one object, or
 * that does not come to an end fails.
 */
import { type Clock, sleep } from '../../cluster/clock.ts';
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { callOfWords, type KubectlCall } from '../../knowledge/kubectl-calls.ts';
import { fieldAt, listOf } from '../../objects/fields.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import type { CommandStep } from '../remedy.ts';
import type { CommandLine } from './command-line.ts';
import { kindNamed } from './kind-named.ts';
import { runKubectl, type Shell } from './kubectl-run.ts';
import { printedShell, readPrinted, stripsFinalizers } from './printed.ts';

/** How it ended. `wrote`: every object that a command itself has written to. */
export type Carried = { failure?: string; wrote: ObjectRef[] };

/** So long after a command the next one is given, when what the first has set free has gone on. */
const pauseMs = 30_000;
/** A command that takes longer than that has not ended for the person who waits for it. */
const longestMs = 10 * 60_000;

export async function runSteps(simulated: SimulatedCluster, steps: readonly CommandStep[]): Promise<Carried> {
  const connection = simulated.connect();
  simulated.clearRequests();
  let failure: string | undefined;
  let isOver = false;
  let hasFired = false;
  const clock: Clock = {
    now: connection.clock.now,
    after: (ms, then) =>
      connection.clock.after(ms, () => {
        hasFired = true;
        then();
      }),
  };
  const shell = { ...printedShell(simulated, connection), clock };
  const going = (async () => {
    for (const step of steps) {
      failure = await runCommand(simulated, step, shell);
      if (failure !== undefined) return;
      if (step !== steps.at(-1)) await sleep(clock, pauseMs);
    }
  })().finally(() => {
    isOver = true;
  });
  const end = simulated.clock.now() + longestMs;
  while (!isOver && simulated.clock.now() < end) {
    hasFired = false;
    await drain(() => isOver);
    if (!isOver) simulated.clock.settleUntil(() => hasFired, end - simulated.clock.now());
  }
  connection.kill();
  if (isOver) await going;
  else failure = 'it does not come to an end';
  const wrote = simulated.requests.flatMap(({ write, ref }) => {
    const { name } = ref;
    return write === undefined || name === undefined ? [] : [{ ...ref, name }];
  });
  return { ...(failure !== undefined && { failure }), wrote };
}

/** More than any command awaits between two timers. */
const turns = 2_000;

/**
 * Only promises that are settled already: nothing of the program around it comes in between, and least of all the clock
 * of another simulated cluster.
 */
async function drain(isOver: () => boolean): Promise<void> {
  for (let turn = 0; turn < turns && !isOver(); turn++) await undefined;
}

async function runCommand(simulated: SimulatedCluster, step: CommandStep, shell: Shell): Promise<string | undefined> {
  const line = readPrinted(step);
  if (typeof line === 'string') return line;
  const call = line.program === 'kubectl' ? callOfWords(step.argv.slice(1)) : undefined;
  if (call === undefined) return `${line.program} ${line.verb} is not played`;
  if (call.verb === 'auth can-i') return undefined;
  if (stripsFinalizers(step)) return 'it strips finalizers that others may serve';
  return unclear(call, line, simulated) ?? (await runKubectl(shell, call));
}

/** Of which object and where, the logs of which container? */
function unclear(call: KubectlCall, { flags }: CommandLine, { server }: SimulatedCluster): string | undefined {
  const kind = kindNamed(server, call.types[0] ?? '');
  const isAccount = call.verb === 'create serviceaccount';
  if (!isAccount && (call.types.length !== 1 || call.names.length !== 1)) return 'it names not one object';
  if ((isAccount || kind?.namespaced) && !flags.has('--namespace')) return 'it names no namespace';
  return call.verb === 'logs'
    ? unclearContainer(kind && server.store.get(kind.key, call.namespace, call.names[0] ?? ''), flags)
    : undefined;
}

function unclearContainer(object: KubernetesObject | undefined, flags: CommandLine['flags']): string | undefined {
  const containers = listOf(object && podTemplateOf(object)?.spec.containers).map((each) => fieldAt(each, 'name'));
  const chosen = flags.get('--container');
  if (chosen !== undefined) return containers.includes(chosen) ? undefined : `there is no container ${chosen}`;
  return containers.length > 1 ? `it has several containers: ${containers.join(', ')}` : undefined;
}
