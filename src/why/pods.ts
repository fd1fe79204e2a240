/**
 * A Pod that stops: which container, since when, of how much grace; and whether anybody on its node is left to end it.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { describeRef, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shellCommand, shellWord } from '../objects/shell-quote.ts';
import { duration, foreignFinalizers, podBlocker } from '../teardown/blockers.ts';
import { isPod } from '../teardown/kinds.ts';
import { observePod } from '../teardown/observe.ts';
import type { SeenPod } from '../teardown/seen.ts';
import type { Blocker, Proof } from './blocker.ts';
import { forcePod } from './commands.ts';
import type { WhyContext } from './context.ts';
import { eventsAbout } from './events.ts';

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
  return [
    {
      kind: 'pod',
      says: podBlocker(seen, context.now),
      object: refOf(pod),
      stuck: stuck && !node,
      evidence: [...stateOf(pod, seen), ...eventsAbout(pod, context)],
      help: stuck ? [forcePod(pod, seen.node)] : [{ command: waitFor(pod, -late), loses: 'nothing: it waits' }],
      because: node ? [node] : [],
    },
  ];
}

/** So long after its grace the kubelet may still be cleaning up, as in `podBlocker`. */
const lateMs = 10_000;

function waitFor({ metadata }: KubernetesObject, restMs: number): string {
  const seconds = Math.max(10, Math.ceil(restMs / 1000) + 10);
  return `kubectl wait --for=delete ${shellCommand(`pod/${metadata.name}`, '-n', metadata.namespace ?? '')} --timeout=${seconds}s`;
}

function stateOf(pod: KubernetesObject, seen: SeenPod): Proof[] {
  const object = describeRef(refOf(pod));
  const field = 'metadata.deletionGracePeriodSeconds';
  const says = `its deletion was asked for at ${new Date(seen.deletingSince ?? 0).toISOString()}`;
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
    return {
      kind: 'node',
      says: `node ${name} does not exist any more: the Pod garbage collector removes its Pods, within a minute as a rule`,
      stuck: false,
      evidence: [proof],
      help: [forcePod(pod, undefined)],
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
    says: `node ${name} has not been ready${long}: its kubelet does not tell that the containers have ended`,
    object: refOf(node),
    stuck: true,
    evidence: [proof, { object: `Node ${name}`, field: 'status.conditions[Ready]', value, says: 'the kubelet does not answer' }],
    help: [
      { command: `kubectl describe ${shellWord(`node/${name}`)}`, loses: 'nothing: repair or restart the node' },
      {
        command: `kubectl taint node ${shellCommand(name, taint)}`,
        loses: 'every Pod on that node: only when it is switched off for sure',
      },
    ],
    because: [],
  };
}
