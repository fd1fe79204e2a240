/**
 * Why an object is not gone yet, in words that a person can act on. Every wait of a teardown says what it waits for;
 * these are the sentences.
 */
import type { Instant } from '../cluster/clock.ts';
import { builtInFinalizers } from '../objects/finalizers.ts';
import { describeId, describeRef, type ObjectId } from '../objects/identity.ts';
import { mostNamed } from './bounds.ts';
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
export function blockerOf(step: SeenStep, servers: Server[], now: Instant): string {
  const { object } = step;
  const foreign = object?.deletingSince === undefined ? [] : foreignFinalizers(object);
  const pods = [...step.pods].sort(byUrgency);
  // While a finalizer keeps the object, its Pods live on as they should: only those that are stopping already hold it
  // up.
  const stuckPod = foreign.length > 0 ? pods.find((pod) => pod.deletingSince !== undefined) : pods[0];
  const others = pods.length - 1;
  if (stuckPod) return podBlocker(stuckPod, now) + (others > 0 ? ` (and ${others} more Pod${others > 1 ? 's' : ''})` : '');
  if (object && foreign.length > 0) return finalizerBlocker(object, foreign, servers);
  const child = step.children[0];
  if (child) return childBlocker(child, step, servers);
  const [stray] = step.strays ?? [];
  if (!step.object && stray) return strayBlocker(stray, (step.strays ?? []).length - 1);
  if (!step.object) return 'a current read must confirm that nothing of it is left';
  if (step.object.deletingSince === undefined) return `${describeRef(step.object.ref)}: its deletion was not accepted yet`;
  if (step.object.finalizers.includes('foregroundDeletion')) {
    return `${describeRef(step.object.ref)}: the garbage collector still deletes what it owns (foreground deletion)`;
  }
  if (step.object.ref.kind === 'Namespace') {
    return `${describeRef(step.object.ref)}: the namespace controller still deletes what is in it`;
  }
  return `${describeRef(step.object.ref)} is being deleted`;
}

/** `Pod node-agent/agent-x7 on node-3: preStop of container agent has run 4m12s of 5m0s`. */
export function podBlocker(pod: SeenPod, now: Instant): string {
  const where = pod.node ? ` on ${pod.node}` : '';
  const name = `${describeRef(pod.ref)}${where}`;
  if (pod.deletingSince === undefined) {
    const life = pod.ended ? 'has ended' : pod.containers.some((container) => container.running) ? 'runs' : 'exists';
    return `${name} ${life}, and nobody has deleted it yet`;
  }
  const running = pod.containers.filter((container) => container.running);
  const elapsed = now - pod.deletingSince;
  const grace = (pod.graceSeconds ?? 0) * 1000;
  const foreign = foreignFinalizers(pod);
  if (running.length === 0 && foreign.length > 0) {
    return `${name}: its containers have ended, but finalizer ${some(foreign)} keeps the Pod: ${removerOf(foreign)}`;
  }
  if (elapsed > grace + lateMs) {
    return `${name}: is ${duration(elapsed - grace)} past its grace of ${duration(grace)}: does the kubelet${pod.node ? ` of node ${pod.node}` : ''} still answer?`;
  }
  const hooked = running.find((container) => container.preStop);
  if (hooked) return `${name}: preStop of container ${hooked.name} has run ${duration(elapsed)} of ${duration(grace)}`;
  if (running.length > 0) {
    return `${name}: container ${some(running.map((container) => container.name))} has been stopping for ${duration(elapsed)} of ${duration(grace)}`;
  }
  return `${name}: its containers have ended; the kubelet is cleaning up`;
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

function finalizerBlocker(object: SeenObject, finalizers: string[], servers: Server[]): string {
  const start = `finalizer ${some(finalizers)} on ${describeRef(object.ref)}`;
  if (finalizers.every((finalizer) => builtInFinalizers.has(finalizer))) return `${start}: ${removerOf(finalizers)}`;
  const alive = servers.find((server) => server.runningPods > 0);
  if (alive) return `${start}: its controller ${describeId(alive.id)} runs and has not removed it yet`;
  const dead = servers[0];
  if (dead) return `${start}: its controller ${describeId(dead.id)} has no running Pod`;
  return `${start}: ${removerOf(finalizers)}`;
}

function removerOf(finalizers: readonly string[]): string {
  const [only] = finalizers.length === 1 ? finalizers : [];
  return (only !== undefined && builtInFinalizers.get(only)) || 'whoever set it must remove it';
}

function childBlocker(child: SeenObject, step: SeenStep, servers: Server[]): string {
  const made = step.object ? ` (made from ${describeRef(step.object.ref)})` : '';
  const foreign = foreignFinalizers(child);
  if (child.deletingSince !== undefined && foreign.length > 0) return `${finalizerBlocker(child, foreign, servers)}${made}`;
  const more = step.children.length > 1 ? ` and ${step.children.length - 1} more` : '';
  return child.deletingSince === undefined
    ? `${describeRef(child.ref)}${more}${made} still exists, and nobody has deleted it yet`
    : `${describeRef(child.ref)}${more}${made} is still being deleted`;
}

/** The garbage collector removes it when its owner does not exist; where that does not happen, a person must look. */
function strayBlocker(stray: SeenPod, others: number): string {
  const more = others > 0 ? ` (and ${others} more Pod${others > 1 ? 's' : ''})` : '';
  const held = stray.deletingSince === undefined ? [] : foreignFinalizers(stray);
  const name = `${describeRef(stray.ref)}${more}`;
  const start = `${name} may come from it: its owner is gone, and was never seen. It is waited for, and not deleted`;
  if (held.length > 0) return `${start}; finalizer ${held.join(', ')} keeps it: ${removerOf(held)}`;
  return `${start}; the garbage collector removes it`;
}

/** Pods that nobody deletes first, then those that have been stopping the longest. */
function byUrgency(a: SeenPod, b: SeenPod): number {
  return (a.deletingSince ?? 0) - (b.deletingSince ?? 0) || a.ref.name.localeCompare(b.ref.name);
}
