/**
 * A Pod that stops: which container, since when, its grace period, and whether a kubelet is left to end it.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { describeRef, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { duration, foreignFinalizers, podBlocker } from '../teardown/blockers.ts';
import { isPod } from '../teardown/kinds.ts';
import { observePod } from '../teardown/observe.ts';
import type { SeenPod } from '../teardown/seen.ts';
import type { Blocker, Proof } from './blocker.ts';
import { forcePod, inNamespace, kubectl, look } from './commands.ts';
import type { WhyContext } from './context.ts';
import { refusingPolicies } from './policies.ts';
import { deletingSince, isSlow } from './since.ts';
import { eventsAbout } from './statements.ts';
import { deadWebhooks } from './webhooks.ts';

export function podBlockers(pod: KubernetesObject, context: WhyContext): Blocker[] {
  if (!isPod(pod)) return [];
  const seen = observePod(pod);
  if (seen.deletingSince === undefined) return [];
  const running = seen.containers.filter((container) => container.running);
  // What is left of it is a finalizer's: that question comes later.
  if (running.length === 0 && foreignFinalizers(seen).length > 0) return [];
  const node = nodeBlocker(pod, seen, context);
  const late = context.now - seen.deletingSince - (seen.graceSeconds ?? 0) * 1000;
  const stuck = late > lateMs;
  const { reason, text } = podBlocker(seen, context.now);
  const events = eventsAbout(pod, context);
  // The kubelet ends a Pod by a DELETE without grace, which admission sees as any other; a silent one sends none.
  const refusing = stuck && !node ? [...deadWebhooks(pod, 'DELETE', context), ...refusingPolicies(pod, 'DELETE', context)] : [];
  const isRefused = refusing.some((each) => each.stuck);
  return [
    {
      kind: 'pod',
      reason,
      says: stuck ? lateSays(pod, seen, late, node !== undefined, events.at(-1)) : text,
      object: refOf(pod),
      stuck: stuck && !node && !isRefused,
      evidence: [...stateOf(pod, seen), ...events],
      remedies: isRefused ? [] : remediesOf(pod, seen, late, node),
      because: node ? [node] : refusing,
    },
  ];
}

/** So long after its grace the kubelet may still be cleaning up, as in `podBlocker`. */
const lateMs = 10_000;

/** What the kubelet has not done, and what it has said of it last. */
function lateSays(pod: KubernetesObject, seen: SeenPod, late: number, isNodeTold: boolean, event: Proof | undefined): string {
  const on = seen.node ? ` on ${seen.node}` : '';
  const kubelet = `the kubelet${seen.node ? ` of node ${seen.node}` : ''}`;
  const start = `${describeRef(refOf(pod))}${on}: is ${duration(late)} past its grace of ${duration((seen.graceSeconds ?? 0) * 1000)}`;
  if (isNodeTold) return start;
  if (!hasEnded(seen)) return `${start}: does ${kubelet} still answer?`;
  const said = event ? `: ${event.field}: ${event.says}` : '';
  return `${start}: its containers have ended, and ${kubelet} has not finished its clean-up${said}`;
}

function hasEnded({ containers }: SeenPod): boolean {
  return containers.length > 0 && containers.every(({ running }) => !running);
}

/** What is wrong with its node comes first, and says what must be certain before force is used. */
function remediesOf(pod: KubernetesObject, seen: SeenPod, late: number, node: Blocker | undefined): ProposedRemedy[] {
  if (late <= lateMs) return [waitFor(pod, -late)];
  return node ? [] : lateRemedies(pod, seen);
}

function lateRemedies(pod: KubernetesObject, seen: SeenPod): ProposedRemedy[] {
  const name = [`pod/${pod.metadata.name}`, ...inNamespace(pod.metadata.namespace)];
  const events = look(`See the events of ${describeRef(refOf(pod))}.`, 'describe', ...name);
  const force = forcePod(pod, seen.node);
  const loses = `what the kubelet has not cleaned up${seen.node ? ` on node ${seen.node}` : ''}: its volumes and devices may stay in use there`;
  return [events, hasEnded(seen) ? { ...force, loses } : force];
}

function waitFor({ metadata }: KubernetesObject, restMs: number): ProposedRemedy {
  const seconds = Math.max(10, Math.ceil(restMs / 1000) + 10);
  const pod = [`pod/${metadata.name}`, ...inNamespace(metadata.namespace)];
  return look('Wait for it.', 'wait', '--for=delete', ...pod, `--timeout=${seconds}s`);
}

function stateOf(pod: KubernetesObject, seen: SeenPod): Proof[] {
  const object = describeRef(refOf(pod));
  const field = 'metadata.deletionGracePeriodSeconds';
  const says = `its deletion was requested at ${new Date(seen.deletingSince ?? 0).toISOString()}`;
  const grace = { object, field, value: String(seen.graceSeconds ?? 0), says };
  const running = seen.containers.filter((container) => container.running);
  return [
    grace,
    ...running.map(({ name, preStop }) => ({
      object,
      field: `status.containerStatuses[${name}].state.running`,
      says: preStop ? `container ${name} runs, and has a preStop hook` : `container ${name} runs`,
    })),
  ];
}

/**
 * Only the kubelet can tell that containers have ended. Without its node a Pod is removed by the Pod garbage collector,
 * with a silent one by nobody.
 */
function nodeBlocker(pod: KubernetesObject, { node: name }: SeenPod, context: WhyContext): Blocker | undefined {
  const seesNodes = context.world.ofKind('', 'Node').length > 0;
  if (name === undefined || !seesNodes) return undefined;
  const node = context.world.byId(makeId('', 'Node', undefined, name));
  const proof = { object: describeRef(refOf(pod)), field: 'spec.nodeName', value: name, says: 'runs on this node' };
  if (!node) {
    const since = deletingSince(pod);
    const isLate = isSlow(since, context);
    const late = isLate ? `, and has not removed this one after ${duration(context.now - (since ?? context.now))}` : '';
    return {
      kind: 'node',
      says: `node ${name} no longer exists: the Pod garbage collector removes its Pods, usually within a minute${late}`,
      stuck: isLate,
      evidence: [proof],
      remedies: [forcePod(pod, name)],
      because: [],
    };
  }
  const ready = listOf(fieldAt(node, 'status', 'conditions'))
    .map(mapOf)
    .find(({ type }) => type === 'Ready');
  if (ready === undefined || ready.status === 'True') return undefined;
  const since = Date.parse(textOf(ready.lastTransitionTime) ?? '');
  const long = Number.isNaN(since) ? '' : ` for ${duration(context.now - since)}`;
  const value = `${String(ready.status)}: ${textOf(ready.reason) ?? ''} ${textOf(ready.message) ?? ''}`.trim();
  const taint = 'node.kubernetes.io/out-of-service=nodeshutdown:NoExecute';
  return {
    kind: 'node',
    says: `node ${name} has not been ready${long}: its kubelet does not report whether the containers have ended`,
    object: refOf(node),
    stuck: true,
    evidence: [proof, { object: `Node ${name}`, field: 'status.conditions[Ready]', value, says: 'the kubelet does not answer' }],
    remedies: [
      look('See what the node reports; then repair or restart it.', 'describe', `node/${name}`),
      {
        says: `If node ${name} is certainly switched off, declare it out of service.`,
        steps: [kubectl('taint', 'node', name, taint)],
        loses: 'every Pod on that node, and the certainty that their containers have ended',
      },
      forceIfOff(pod, name),
    ],
    because: [],
  };
}

/** A StatefulSet starts the next Pod at once, with the same name and the same volume. */
function forceIfOff(pod: KubernetesObject, node: string): ProposedRemedy {
  const force = forcePod(pod, node);
  return {
    ...force,
    says: `If node ${node} is certainly switched off, remove only ${describeRef(refOf(pod))} from the API.`,
  };
}
