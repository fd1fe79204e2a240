/**
 * Waits until the garbage collector watches a kind whose definition is new. It looks for new kinds every 30 s, and a
 * custom resource that goes before is never noticed: what it owned stays for ever. (kube-controller-manager's
 * `GarbageCollector.Sync`.)
 */
import type { Cluster } from '../../src/cluster/port.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { until } from '../../tools/lab/observe.ts';

/** How the names of what it makes begin. */
export const probePrefix = 'probe-';

/** @param kind whose operator, if it runs, may do with a custom resource `probe-…` what it likes */
export async function collectable(
  cluster: Cluster,
  { apiVersion, kind }: Pick<KubernetesObject, 'apiVersion' | 'kind'>,
  namespace: string,
): Promise<void> {
  let round = 0;
  await until(
    `the garbage collector to watch ${kind}`,
    async () => {
      const name = `${probePrefix}${round++}`;
      const owner = await cluster.create({ apiVersion, kind, metadata: { name, namespace } });
      const { uid = '' } = owner.metadata;
      const ownerReferences = [{ apiVersion, kind, name, uid }];
      await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, ownerReferences } });
      await cluster.delete({ apiVersion, kind, namespace, name }, { propagation: 'Background' });
      const owned = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
      try {
        await until('the probe to be collected', async () => (await cluster.get(owned)) === undefined, 3_000);
        return true;
      } catch {
        await cluster.delete(owned, {}).catch(() => undefined);
        return undefined;
      }
    },
    90_000,
  );
}
