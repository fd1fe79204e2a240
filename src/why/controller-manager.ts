/**
 * kube-controller-manager empties namespaces, collects garbage and takes the protection off volumes. Without it these
 * stay, and no object says so: only the lease that it renews every few seconds tells.
 */
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { fieldAt, textOf } from '../objects/fields.ts';
import { makeId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { duration } from '../teardown/blockers.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { deletingSince, isSlow } from './since.ts';

const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace: 'kube-system', name: 'kube-controller-manager' };

/** Its own finalizers; those of a Namespace are in its spec. */
const its = new Set([
  ...['foregroundDeletion', 'orphan', 'batch.kubernetes.io/job-tracking'],
  ...['kubernetes.io/pvc-protection', 'kubernetes.io/pv-protection'],
]);

/** How long a lease may be old, in ms: clocks differ, and a successor needs some seconds. */
const oldMs = 2 * 60_000;

/** The lease, where the object waits for kube-controller-manager and has done so for minutes. Few may read it. */
export async function leaseBehind(object: KubernetesObject, cluster: Cluster, now: number): Promise<KubernetesObject[]> {
  if (!needsIt(object) || !isSlow(deletingSince(object), { now })) return [];
  try {
    const found = await cluster.get(lease);
    return found ? [found] : [];
  } catch (error) {
    if (isCode(error, 'forbidden', 'not-found')) return [];
    throw error;
  }
}

export function missingControllerManager(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (object !== context.object || !needsIt(object) || !isSlow(deletingSince(object), context)) return [];
  const found = context.world.byId(makeId('coordination.k8s.io', 'Lease', lease.namespace, lease.name));
  const renewTime = textOf(fieldAt(found?.spec, 'renewTime'));
  const age = context.now - Date.parse(renewTime ?? '');
  if (!found || renewTime === undefined || !(age > oldMs)) return [];
  return [
    {
      kind: 'controller',
      says: `kube-controller-manager has not renewed its lease for ${duration(age)}: it does not seem to run, and ${nameOf(object)} waits for it`,
      stuck: true,
      evidence: [
        { object: nameOf(found), field: 'spec.renewTime', value: renewTime, says: 'is renewed every few seconds while it runs' },
      ],
      remedies: [],
      because: [],
    },
  ];
}

function needsIt({ apiVersion, kind, metadata }: KubernetesObject): boolean {
  return (apiVersion === 'v1' && kind === 'Namespace') || (metadata.finalizers ?? []).some((finalizer) => its.has(finalizer));
}
