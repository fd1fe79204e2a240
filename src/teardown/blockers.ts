/**
 * What a terminating object waits for, found in what is seen of it: the most telling first. Pure; `decide` asks here.
 */
import type { Instant } from '../cluster/clock.ts';
import { builtInFinalizers } from '../objects/finalizers.ts';
import { describeId, describeRef, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import { shellWord } from '../objects/shell-quote.ts';
import { type Blocker, type BlockerReason, blockedBy } from './blocker.ts';
import { mostNamed } from './bounds.ts';
import { isPod } from './kinds.ts';
import type { SeenObject, SeenPod, SeenStep } from './seen.ts';

/** Finalizers that the garbage collector itself removes when its work is done. */
const collectorFinalizers = new Set(['foregroundDeletion', 'orphan']);

/** Who serves a custom resource, and how many of its Pods run now. */
export type Server = { id: ObjectId; runningPods: number };

/**
 * The reason why this step is not gone, the most telling one first: a Pod that stops, a finalizer, a child, the
 * collector.
 * @param servers the workloads that serve the object, where the plan knows them
 */
export function blockerOf(id: ObjectId, step: SeenStep, servers: Server[], now: Instant): Blocker {
  return (
    stoppingPod(step, now) ??
    ownFinalizer(step, servers) ??
    childOf(step, servers) ??
    strayOf(step) ??
    (step.object ? terminating(step.object) : unconfirmed(id))
  );
}

/** The watch shows nothing of it; that is no proof. */
export function unconfirmed(id: ObjectId, text = 'a current read must confirm that nothing of it is left'): Blocker {
  return blockedBy('GoneUnconfirmed', id, text);
}

/**
 * While a finalizer keeps the object, its Pods live on as they should: only those that are stopping already hold it up.
 */
function stoppingPod(step: SeenStep, now: Instant): Blocker | undefined {
  const pods = [...step.pods].sort(byUrgency);
  const pod = finalizersOf(step).length > 0 ? pods.find((each) => each.deletingSince !== undefined) : pods[0];
  if (!pod) return undefined;
  const blocker = isForCollector(step, pod) ? uncollected(pod, pod.node ? ` on ${pod.node}` : '') : podBlocker(pod, now);
  return { ...blocker, text: `${blocker.text}${morePods(pods.length - 1)}` };
}

/** Its owner is gone, and nothing but the garbage collector deletes it. */
function isForCollector(step: SeenStep, { deletingSince, ownerless }: SeenObject): boolean {
  return !step.object && deletingSince === undefined && !ownerless;
}

function uncollected({ ref }: SeenObject, more = ''): Blocker {
  const text = `${describeRef(ref)}${more}: the owner is gone, and the garbage collector has not deleted it yet`;
  return blockedBy('GarbageCollection', idOfRef(ref), text);
}

function finalizersOf({ object }: SeenStep): string[] {
  return object?.deletingSince === undefined ? [] : foreignFinalizers(object);
}

function ownFinalizer(step: SeenStep, servers: Server[]): Blocker | undefined {
  const foreign = finalizersOf(step);
  return step.object && foreign.length > 0 ? finalizerBlocker(step.object, foreign, servers) : undefined;
}

/** The object itself, when nothing else of it is left. */
function terminating({ ref, deletingSince, finalizers }: SeenObject): Blocker {
  const because = (reason: BlockerReason, text: string) =>
    blockedBy(reason, idOfRef(ref), `${describeRef(ref)}${text}`, deletingSince);
  if (deletingSince === undefined) return because('DeletionPending', ': the API server has not accepted its deletion yet');
  if (finalizers.includes('foregroundDeletion')) {
    return because('GarbageCollection', ': the garbage collector is deleting its dependents (foreground deletion)');
  }
  if (ref.kind === 'Namespace') {
    return because('NamespaceTerminating', ': the namespace controller is deleting its contents');
  }
  return because('Terminating', ' is being deleted');
}

/** `Pod node-agent/agent-x7 on node-3: preStop of container agent has run 4m12s of 5m0s`. */
export function podBlocker(pod: SeenPod, now: Instant): Blocker {
  const name = `${describeRef(pod.ref)}${pod.node ? ` on ${pod.node}` : ''}`;
  const because = (reason: BlockerReason, text: string) =>
    blockedBy(reason, idOfRef(pod.ref), `${name}${text}`, pod.deletingSince);
  const running = pod.containers.filter((container) => container.running);
  if (pod.deletingSince === undefined) {
    const life = pod.ended ? 'has ended' : running.length > 0 ? 'runs' : 'exists';
    return because('PodNotDeleted', ` ${life}, and nobody has deleted it yet`);
  }
  const elapsed = now - pod.deletingSince;
  const grace = (pod.graceSeconds ?? 0) * 1000;
  const foreign = foreignFinalizers(pod);
  if (running.length === 0 && foreign.length > 0) {
    const held = `: its containers have ended, but finalizer ${some(foreign)} keeps the Pod: ${removerOf(foreign)}`;
    return because('FinalizerRemains', held);
  }
  if (elapsed > grace + lateMs) {
    const kubelet = `the kubelet${pod.node ? ` of node ${pod.node}` : ''}`;
    const late = `: is ${duration(elapsed - grace)} past its grace of ${duration(grace)}: does ${kubelet} still answer?`;
    return because('GracePeriodExceeded', late);
  }
  const time = `${duration(elapsed)} of ${duration(grace)}`;
  const hooked = running.find((container) => container.preStop);
  if (hooked) return because('PreStopHookRunning', `: preStop of container ${hooked.name} has run ${time}`);
  if (running.length > 0) {
    const names = some(running.map((container) => container.name));
    return because('ContainersStopping', `: container ${names} has been stopping for ${time}`);
  }
  return because('PodCleanup', ': its containers have ended; the kubelet is cleaning up');
}

function some(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** A Pod that outlives its grace by less than this is only cleaning up. */
const lateMs = 10_000;

/** Finalizers that only their own controller can remove. */
export function foreignFinalizers(object: SeenObject): string[] {
  return object.finalizers.filter((finalizer) => !collectorFinalizers.has(finalizer));
}

/** `1h2m`, `4m12s`, `3s`: whole seconds, two units at the most. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60}s`;
  return `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}

function finalizerBlocker(object: SeenObject, finalizers: string[], servers: Server[]): Blocker {
  const because = (reason: BlockerReason, text: string) =>
    blockedBy(
      reason,
      idOfRef(object.ref),
      `finalizer ${some(finalizers)} on ${describeRef(object.ref)}: ${text}`,
      object.deletingSince,
    );
  const alive = servers.find((server) => server.runningPods > 0);
  const dead = servers[0];
  if (!dead || finalizers.every((finalizer) => builtInFinalizers.has(finalizer))) {
    return because('FinalizerRemains', removerOf(finalizers));
  }
  return alive
    ? because('FinalizerRemains', `its controller ${describeId(alive.id)} runs and has not removed it yet`)
    : because('FinalizerUnserved', `its controller ${describeId(dead.id)} has no running Pod`);
}

function removerOf(finalizers: readonly string[]): string {
  const [only] = finalizers.length === 1 ? finalizers : [];
  return (only !== undefined && builtInFinalizers.get(only)) || 'the controller that set it must remove it';
}

function childOf(step: SeenStep, servers: Server[]): Blocker | undefined {
  const [child] = step.children;
  if (!child) return undefined;
  const { ref, deletingSince } = child;
  const made = step.object ? ` (made from ${describeRef(step.object.ref)})` : '';
  const foreign = foreignFinalizers(child);
  if (deletingSince !== undefined && foreign.length > 0) {
    const held = finalizerBlocker(child, foreign, servers);
    return { ...held, text: `${held.text}${made}` };
  }
  const more = step.children.length > 1 ? ` and ${step.children.length - 1} more` : '';
  if (isForCollector(step, child)) return uncollected(child, more);
  const name = `${describeRef(ref)}${more}${made}`;
  return deletingSince === undefined
    ? blockedBy('ChildRemains', idOfRef(ref), `${name} still exists, and nobody has deleted it yet`)
    : blockedBy('ChildTerminating', idOfRef(ref), `${name} is still being deleted`, deletingSince);
}

/** The garbage collector removes it when its owner does not exist; where that does not happen, a person must look. */
function strayOf({ object, strays = [] }: SeenStep): Blocker | undefined {
  const [stray] = strays;
  if (object || !stray) return undefined;
  if (!strays.some(({ ref }) => isPod(ref))) return looseBlocker(strays, 'and is still being deleted');
  const held = stray.deletingSince === undefined ? [] : foreignFinalizers(stray);
  const name = `${describeRef(stray.ref)}${morePods(strays.length - 1)}`;
  const start = `${name} may belong to it: its owner is gone, and was never seen. Bookend waits for it, and does not delete it`;
  const end = held.length > 0 ? `finalizer ${held.join(', ')} keeps it: ${removerOf(held)}` : 'the garbage collector removes it';
  return blockedBy('OwnerUnknown', idOfRef(stray.ref), `${start}; ${end}`, stray.deletingSince);
}

/** Secrets and ConfigMaps: operators often leave them by design, with what somebody may need again. */
export function isData({ kind, apiVersion }: Pick<ObjectRef, 'kind' | 'apiVersion'>): boolean {
  return apiVersion === 'v1' && (kind === 'Secret' || kind === 'ConfigMap');
}

/** What an operator made without an owner, what runs first. @param how how it stands with it */
export function looseBlocker(all: readonly SeenObject[], how: string): Blocker {
  const loose = [...all].sort((one, other) => Number(isData(one.ref)) - Number(isData(other.ref)));
  const [first] = loose;
  const names = some(loose.map(({ ref }) => describeRef(ref)));
  const what =
    loose.length === 1
      ? 'was probably made for it, has no owner reference'
      : 'were probably made for it, have no owner reference';
  const after =
    first && isWebhook(first.ref) ? `. It refuses requests, because nothing answers. Delete it: ${deletionOf(first.ref)}` : '';
  return blockedBy('ChildWithoutOwner', first ? idOfRef(first.ref) : ('' as ObjectId), `${names} ${what}, ${how}${after}`);
}

function isWebhook({ kind }: ObjectRef): boolean {
  return kind === 'ValidatingWebhookConfiguration' || kind === 'MutatingWebhookConfiguration';
}

function deletionOf({ kind, name }: ObjectRef): string {
  return `kubectl delete ${kind.toLowerCase()} ${shellWord(name)}`;
}

function morePods(count: number): string {
  return count > 0 ? ` (and ${count} more Pod${count > 1 ? 's' : ''})` : '';
}

/** Pods that nobody deletes first, then those that have been stopping the longest. */
function byUrgency(a: SeenPod, b: SeenPod): number {
  return (a.deletingSince ?? 0) - (b.deletingSince ?? 0) || a.ref.name.localeCompare(b.ref.name);
}
