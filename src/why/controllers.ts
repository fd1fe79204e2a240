/** The state of a controller: whether it exists, runs, and may still do its work. */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { describeId, describeRef, makeId, type ObjectId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { indexByUid, ownedBy } from '../objects/owners.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { isHidden } from '../reading/reader.ts';
import type { CommandStep, ProposedRemedy } from '../remedies/remedy.ts';
import { isPod } from '../teardown/kinds.ts';
import type { Proof } from './blocker.ts';
import { inNamespace, kubectl, look, named } from './commands.ts';
import type { WhyContext } from './context.ts';

export type ControllerState = {
  /** `Deployment ops/runner` */
  name: string;
  object: KubernetesObject | undefined;
  running: number;
  /** The second half of a sentence about one that cannot work; undefined for one that runs and may. */
  trouble?: string;
  evidence: Proof[];
  remedies: ProposedRemedy[];
};

export function controllerState(id: ObjectId, context: WhyContext): ControllerState {
  const name = describeId(id);
  const object = context.world.byId(id);
  if (!object) return { name, object, running: 0, trouble: 'does not exist', evidence: [], remedies: [] };
  const pods = podsOf(object, context);
  const running = pods.filter(runs).length;
  const state = { name, object, running };
  if (running > 0) return withAccount(state, context);
  const asked = fieldAt(object, 'spec', 'replicas');
  const template = describeTroubles(pods);
  if (object.metadata.deletionTimestamp !== undefined) {
    const proof = { object: name, field: 'metadata.deletionTimestamp', says: 'it is being deleted itself' };
    return {
      ...state,
      trouble: 'has no running Pod: it is being deleted itself',
      evidence: [proof, ...template.evidence],
      remedies: [],
    };
  }
  const place = context.world.byId(makeId('', 'Namespace', undefined, object.metadata.namespace ?? ''));
  if (place?.metadata.deletionTimestamp !== undefined) {
    const proof = {
      object: `Namespace ${place.metadata.name}`,
      field: 'metadata.deletionTimestamp',
      says: 'no Pod can be created in a namespace that is being deleted',
    };
    return {
      ...state,
      trouble: 'has no running Pod and cannot create one: its namespace is being deleted',
      evidence: [proof],
      remedies: [],
    };
  }
  if (asked === 0) {
    const proof = { object: name, field: 'spec.replicas', value: '0', says: 'it is scaled down' };
    return {
      ...state,
      trouble: 'has no running Pod: it is scaled to 0',
      evidence: [proof],
      remedies: [scaledUp(object, context)],
    };
  }
  const trouble = `has no running Pod${template.says ? `: ${template.says}` : ''}`;
  return { ...state, trouble, evidence: template.evidence, remedies: looksAt(object, pods, context) };
}

/** What `kubectl rollout restart` takes. */
const restartable = new Set(['Deployment', 'DaemonSet', 'StatefulSet']);

/** Who serves deletions carries out those that wait. */
const carriesOut = 'the objects whose deletion waits for it, and what it cleans up for them';

function restartOf(object: KubernetesObject, context: WhyContext): CommandStep {
  return kubectl('rollout', 'restart', ...named(object, context));
}

function scaledUp(object: KubernetesObject, context: WhyContext): ProposedRemedy {
  return {
    says: `Scale ${describeRef(refOf(object))} up; it then carries out the deletions that wait for it.`,
    steps: [kubectl('scale', ...named(object, context), '--replicas=1')],
    loses: carriesOut,
  };
}

/** The kubelet, or who makes the Pods, knows why none runs. */
function looksAt(object: KubernetesObject, pods: readonly KubernetesObject[], context: WhyContext): ProposedRemedy[] {
  const [pod] = pods;
  const about = pod ?? object;
  return [look(`See why ${describeRef(refOf(about))} does not run.`, 'describe', ...named(about, context))];
}

/** Pods of a workload, by owner chain. A Pod is its own. */
function podsOf(workload: KubernetesObject, { world }: WhyContext): KubernetesObject[] {
  if (isPod(workload)) return [workload];
  const { uid, namespace = '' } = workload.metadata;
  if (uid === undefined) return [];
  const here = world.inNamespace(namespace);
  const byUid = indexByUid(here);
  return here.filter((object) => isPod(object) && ownedBy(byUid, object, uid));
}

/** Some container of it runs and it is ready, or is stopping but works still. */
export function runs(pod: KubernetesObject): boolean {
  const conditions = listOf(fieldAt(pod, 'status', 'conditions')).map(mapOf);
  const ready = conditions.find(({ type }) => type === 'Ready');
  return fieldAt(pod, 'status', 'phase') === 'Running' && ready?.status === 'True';
}

/**
 * Without its ServiceAccount a Pod's token is refused: at once when the account is gone, a minute after its deletion
 * was asked for.
 */
function withAccount(state: Omit<ControllerState, 'evidence' | 'remedies'>, context: WhyContext): ControllerState {
  const { object } = state;
  const template = object && podTemplateOf(object);
  const namespace = object?.metadata.namespace;
  const seesAccounts = !isHidden(context.notSeen, 'serviceaccounts', namespace);
  if (!object || !template || !seesAccounts) return { ...state, evidence: [], remedies: [] };
  const account = context.world.byId(makeId('', 'ServiceAccount', namespace, template.serviceAccount));
  const proof = {
    object: state.name,
    field: template.serviceAccountPath,
    value: template.serviceAccount,
    says: 'runs as this account',
  };
  if (!account) {
    // In a namespace that is being deleted nothing can be made.
    const isEnding =
      context.world.byId(makeId('', 'Namespace', undefined, namespace ?? ''))?.metadata.deletionTimestamp !== undefined;
    const create = kubectl('create', 'serviceaccount', template.serviceAccount, ...inNamespace(namespace));
    const remedies =
      isEnding || !restartable.has(object.kind)
        ? []
        : [
            {
              says: `Create ServiceAccount ${namespace}/${template.serviceAccount} again, and restart the Pods of ${state.name}.`,
              steps: [create, restartOf(object, context)],
              loses: carriesOut,
            },
          ];
    return {
      ...state,
      trouble: `runs, but its ServiceAccount ${template.serviceAccount} does not exist`,
      evidence: [proof],
      remedies,
    };
  }
  return { ...state, evidence: [], remedies: [] };
}

/** Why Pods do not run, in the kubelet's own words. */
function describeTroubles(pods: readonly KubernetesObject[]): { says?: string; evidence: Proof[] } {
  for (const pod of pods) {
    const statuses = [
      ...listOf(fieldAt(pod, 'status', 'initContainerStatuses')),
      ...listOf(fieldAt(pod, 'status', 'containerStatuses')),
    ];
    for (const status of statuses) {
      const waiting = mapOf(fieldAt(status, 'state', 'waiting'));
      const reason = textOf(waiting.reason);
      if (reason === undefined || reason === 'PodInitializing' || reason === 'ContainerCreating') continue;
      const container = textOf(mapOf(status).name) ?? '?';
      const proof = {
        object: `Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
        field: `status.containerStatuses[${container}].state.waiting`,
        value: reason,
      };
      return {
        says: `container ${container} is in ${reason}`,
        evidence: [{ ...proof, says: textOf(waiting.message) ?? 'it does not start' }],
      };
    }
    const scheduled = listOf(fieldAt(pod, 'status', 'conditions'))
      .map(mapOf)
      .find(({ type, status }) => type === 'PodScheduled' && status === 'False');
    if (scheduled) {
      const message = textOf(scheduled.message) ?? 'no node fits';
      const proof = {
        object: `Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
        field: 'status.conditions[PodScheduled]',
        value: 'False',
        says: message,
      };
      return { says: 'its Pod fits on no node', evidence: [proof] };
    }
  }
  const [first] = pods;
  if (!first) return { evidence: [] };
  const ref = refOf(first);
  return {
    says: 'its Pods are not ready',
    evidence: [
      {
        object: `Pod ${ref.namespace}/${ref.name}`,
        field: 'status.phase',
        value: String(fieldAt(first, 'status', 'phase')),
        says: 'is not ready',
      },
    ],
  };
}
