/**
 * Namespaces as those who run clusters make them: *restricted* is enforced, and a quota refuses what names no
 * resources.
 */
import { put, type Stage } from '../support.ts';

/** The stage's own namespace becomes one. May be called again. */
export async function restrict(stage: Pick<Stage, 'cluster' | 'namespace'>): Promise<void> {
  const { namespace } = stage;
  const hard = { 'requests.cpu': '4', 'requests.memory': '8Gi', 'limits.cpu': '200', 'limits.memory': '64Gi' };
  await put(
    stage,
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'demanding', namespace }, spec: { hard } },
  );
}
