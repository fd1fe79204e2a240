/**
 * Runs the programs of hooks: while such a Pod runs its calls are made with its account's rights, and it ends with the
 * exit code that they lead to.
 */
import type { Clock } from '../../cluster/clock.ts';
import type { Cluster } from '../../cluster/port.ts';
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { annotations, type SimulatedCluster, serviceAccount } from '../../cluster/simulated/index.ts';
import { containersWith } from '../../cluster/simulated/kubelet/pod-status.ts';
import { BookendError } from '../../errors.ts';
import type { World } from '../../graph/edge.ts';
import { type BookendTarget, type HookProgram, programsOf } from '../../knowledge/hook-program.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeRef, idOf, idOfRef, type ObjectId, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import { runKubectl, type Shell } from '../../remedies/play/kubectl-run.ts';
import { shellOn } from '../../remedies/play/shell.ts';
import { withoutLiveDirectives } from '../../teardown/live-directives.ts';
import { tearDown } from '../../uninstall/bookend.ts';

export type HookPods = {
  /** What the programs printed when they failed, by hook; filled as the play goes on. */
  failures: ReadonlyMap<ObjectId, string>;
  /** A program runs now. */
  isRunning(): boolean;
};

export function runHookPods(simulated: SimulatedCluster, world: World, hooks: ReadonlySet<ObjectId>): HookPods {
  const { environment: env, server, clock } = simulated;
  const failures = new Map<ObjectId, string>();
  const programs = new Map<string, HookProgram[]>();
  const running = new Map<string, () => void>();
  let active = 0;
  const kind = server.kind('v1', 'Pod');

  env.on('pods', ({ type, object }) => {
    const { uid } = object.metadata;
    if (type === 'added' && hookOf(object) !== undefined) {
      const found = programsOf(object.spec as Record<string, unknown>, object.metadata.namespace ?? '', world);
      if (found.length === 0) return;
      programs.set(uid, found);
      // It ends when its program does, and not before.
      clock.afterSettled(0, () => {
        const pod = server.store.byUid(uid)?.object;
        if (pod)
          server.store.put(kind, {
            ...pod,
            metadata: { ...pod.metadata, annotations: { ...pod.metadata.annotations, [annotations.runMs]: endless } },
          });
      });
    }
    if (type === 'deleted' || object.metadata.deletionTimestamp !== undefined) {
      running.get(uid)?.();
      running.set(uid, () => undefined);
    } else if (programs.has(uid) && !running.has(uid) && fieldAt(object.status, 'phase') === 'Running')
      start(object, programs.get(uid) ?? []);
  });
  return { failures, isRunning: () => active > 0 };

  function hookOf(pod: Stored): ObjectId | undefined {
    const { namespace, ownerReferences = [] } = pod.metadata;
    const ids = [idOf(pod), ...ownerReferences.map((owner) => idOfRef({ ...owner, ...(namespace && { namespace }) }))];
    return ids.find((id) => hooks.has(id));
  }

  function start(pod: Stored, found: readonly HookProgram[]): void {
    const { namespace = '', uid } = pod.metadata;
    const connection = simulated.connect(serviceAccount(namespace, textOf(fieldAt(pod.spec, 'serviceAccountName')) ?? 'default'));
    active++;
    let isActive = true;
    const over = () => {
      if (isActive) active--;
      isActive = false;
    };
    running.set(uid, () => {
      connection.kill();
      over();
    });
    const shell = shellOn(simulated, connection, namespace);
    connection.clock.after(startMs, () => {
      void runAll(shell, found, connection.cluster, connection.clock).then((failure) => {
        const hook = hookOf(pod);
        if (failure !== undefined && hook !== undefined) failures.set(hook, failure);
        over();
        // Others have ended then, and the Pod has not.
        if (failure === undefined && found.some(({ what }) => what === 'endless')) return;
        end(uid, failure === undefined ? 0 : 1);
      });
    });
  }

  function end(uid: string, exitCode: number): void {
    const pod = server.store.byUid(uid)?.object;
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return;
    server.updateStatus(kind, pod, containersWith(pod, exitCode, clock.now()));
    env.life.note('stopped', pod);
  }
}

const startMs = 50;
const endless = String(10 * 365 * 24 * 3_600_000);

async function runAll(
  shell: Shell,
  programs: readonly HookProgram[],
  cluster: Cluster,
  clock: Clock,
): Promise<string | undefined> {
  for (const program of programs) {
    if (program.what === 'endless') {
      if (program.isFirst) return undefined;
      continue;
    }
    const failure =
      program.what === 'bookend' ? await runBookend(shell, program, cluster, clock) : await runScript(shell, program);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** A script that does not stop at failures ends as its last command does. */
async function runScript(
  shell: Shell,
  { calls, stopsAtFailure }: Extract<HookProgram, { what: 'kubectl' }>,
): Promise<string | undefined> {
  let last: string | undefined;
  for (const call of calls) {
    const failure = await runKubectl(shell, call);
    last = call.mayFail || call.hidesRefusal ? undefined : failure;
    if (last !== undefined && stopsAtFailure) return last;
  }
  return last;
}

/**
 * `bookend delete --targets`: each target gone, with what it made, before the next; with `--order Needs` all of them
 * together, in the order in which they need each other.
 */
async function runBookend(
  shell: Shell,
  { targets, order }: Extract<HookProgram, { what: 'bookend' }>,
  cluster: Cluster,
  clock: Clock,
): Promise<string | undefined> {
  for (const group of order === 'needs' ? [targets] : targets.map((target) => [target])) {
    try {
      const chosen: KubernetesObject[] = [];
      for (const target of group) chosen.push(...(await chosenBy(target, shell, cluster)));
      const failure = await deleteTogether(chosen, cluster, clock);
      if (failure !== undefined) return failure;
    } catch (error) {
      if (!(error instanceof BookendError) || error.code === 'internal') throw error;
      return error.message;
    }
  }
  return undefined;
}

/** What `bookend delete` does with the objects that it has chosen. @returns why they did not go */
export async function deleteTogether(
  chosen: readonly KubernetesObject[],
  cluster: Cluster,
  clock: Clock,
): Promise<string | undefined> {
  if (chosen.length === 0) return undefined;
  const kept = chosen.find((object) => keepReason(object) !== undefined);
  if (kept) return `${describeRef(refOf(kept))} has the ${keepReason(kept)}, and nothing was deleted`;
  const end = await tearDown(cluster, clock, withoutLiveDirectives(chosen, 'Refuse'));
  return end.outcome === 'failed' ? (end.message ?? 'blocked') : undefined;
}

/** The objects of a target; none of kinds that are not served. */
async function chosenBy(target: BookendTarget, shell: Shell, cluster: Cluster): Promise<KubernetesObject[]> {
  const { names, selector } = target;
  const found: KubernetesObject[] = [];
  for (const kind of shell.kindsNamed(target.kind)) {
    const namespace = kind.namespaced ? (target.namespace ?? (names && shell.namespace)) : undefined;
    const { items } = await cluster.list({
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      ...(namespace !== undefined && { namespace }),
      ...(selector !== undefined && { labelSelector: selector }),
    });
    found.push(...items.filter(({ metadata }) => names === undefined || names.includes(metadata.name)));
  }
  return found;
}
