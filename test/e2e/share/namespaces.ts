/**
 * Namespaces as those who run clusters make them: *restricted* is enforced, and a quota refuses what names no
 * resources.
 */
import { put, type TestBed } from '../support.ts';

/** The test bed's own namespace becomes one. May be called again. */
export async function restrict(bed: Pick<TestBed, 'cluster' | 'namespace'>): Promise<void> {
  const { namespace } = bed;
  const hard = { 'requests.cpu': '4', 'requests.memory': '8Gi', 'limits.cpu': '200', 'limits.memory': '64Gi' };
  await put(
    bed,
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    },
    { apiVersion: 'v1', kind: 'ResourceQuota', metadata: { name: 'demanding', namespace }, spec: { hard } },
  );
}
