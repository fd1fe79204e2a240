/**
 * An operator as the rest of the cluster feels it: it acts only while a Pod of its Deployment runs, and only as far as
 * that Pod's token and rights reach at that moment.
 */
import { fieldAt } from '../../../objects/fields.ts';
import { groupOf } from '../../../objects/identity.ts';
import { controllerOf } from '../../../objects/owners.ts';
import type { Change, Stored } from '../api/store.ts';
import { serviceAccount, type User } from '../api/user.ts';
import { type Environment, workQueue } from '../controllers/environment.ts';
import { callRefused } from '../kubelet/pod-access.ts';
import { isTerminating } from '../pods.ts';

/** The workload that an operator runs in; a Deployment unless another kind is named. */
export type OperatorWorkload = { kind?: string; namespace: string; name: string };

export type Operator = {
  /** The account that it acts as now, or undefined while none of its Pods runs. */
  account(): User | undefined;
  /** Why one of the calls would be refused now, or undefined. A call: `verb resource[.group] [namespace]`. */
  refusal(needs: readonly string[]): string | undefined;
};

/** How long an operator waits before it tries again what was refused. */
export const operatorRetryMs = 1_000;

export function operatorIn(env: Environment, workload: OperatorWorkload): Operator {
  const runningPod = () =>
    env.server.store.all('pods', workload.namespace).find((pod) => belongs(env, pod, workload) && runs(pod));
  return {
    account: () => {
      const pod = runningPod();
      return pod && serviceAccount(workload.namespace, accountOf(pod));
    },
    refusal: (needs) => {
      const pod = runningPod();
      if (pod === undefined) return `${workload.kind ?? 'Deployment'} ${workload.namespace}/${workload.name} has no running Pod`;
      for (const need of needs) {
        const refusal = callRefused(env, pod, accountOf(pod), undefined, need);
        if (refusal !== undefined) return refusal;
      }
      return undefined;
    },
  };
}

/**
 * Brings every object of a kind to `reconcile`: when it changes, when one that it owns changes, and when a Pod of the
 * operator comes up.
 * @returns a function that brings one up again after some time.
 */
export function watchesKind(
  env: Environment,
  apiVersion: string,
  kind: string,
  workload: OperatorWorkload,
  reconcile: (object: Stored) => void,
) {
  const { store } = env.server;
  const add = workQueue(env, (uid) => {
    const object = store.byUid(uid)?.object;
    if (object) reconcile(object);
  });
  env.onAny((change) => {
    for (const uid of uidsNamedBy(change, apiVersion, kind)) add(uid);
    const { object } = change;
    if (change.kind.key !== 'pods' || object.metadata.namespace !== workload.namespace || !runs(object)) return;
    const served = env.server.kinds.find(apiVersion, kind);
    if (served) for (const each of store.all(served.key)) add(each.metadata.uid);
  });
  return add;
}

/**
 * Of the objects of a kind that a change is about: the changed one itself, and its owners. In whatever version it was
 * asked for: a watch shows every object of the kind.
 */
function uidsNamedBy({ kind: changed, object }: Change, apiVersion: string, kind: string): string[] {
  const { uid, ownerReferences = [] } = object.metadata;
  const isOfKind = (one: { apiVersion: string; kind: string }) =>
    one.kind === kind && groupOf(one.apiVersion) === groupOf(apiVersion);
  return [...(isOfKind(changed) ? [uid] : []), ...ownerReferences.filter(isOfKind).map((owner) => owner.uid)];
}

function belongs(env: Environment, pod: Stored, { kind = 'Deployment', name }: OperatorWorkload): boolean {
  const owner = controllerOf(pod);
  if (owner === undefined) return kind === 'Pod' && pod.metadata.name === name;
  if (owner.kind === kind) return owner.name === name;
  const above = env.server.store.byUid(owner.uid)?.object;
  const top = above && controllerOf(above);
  return top?.kind === kind && top.name === name;
}

function runs(pod: Stored): boolean {
  return fieldAt(pod.status, 'phase') === 'Running' && !isTerminating(pod);
}

function accountOf(pod: Stored): string {
  return String(fieldAt(pod.spec, 'serviceAccountName') ?? 'default');
}
