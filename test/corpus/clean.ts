/** Takes away whatever a situation left, by force, so that the next one and the next run find nothing of it. */
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { Cluster } from '../../src/cluster/port.ts';
import { idOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { until } from '../../tools/lab/observe.ts';
import { remove, tolerant, withoutConversion } from '../../tools/lab/remove.ts';

/** What may refuse the rest or makes it anew goes first. */
const first = [
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['apps/v1', 'Deployment'],
  ['batch/v1', 'Job'],
] as const;

const definitions = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' };

/** @param concerns which objects, by their ids */
export async function clean(cluster: Cluster, what: string, concerns: (id: string) => boolean): Promise<void> {
  const isOurs = (object: KubernetesObject) => concerns(idOf(object));
  for (const [apiVersion, kind] of first)
    for (const object of (await cluster.list({ apiVersion, kind })).items.filter(isOurs)) await remove(cluster, object);
  for (const crd of (await cluster.list(definitions)).items.filter(isOurs)) await withoutConversion(cluster, crd);
  await until(
    `nothing to be left of ${what}`,
    async () => {
      const { kinds } = await cluster.kinds();
      let left = 0;
      await inTurns(6, kinds, async ({ apiVersion, kind, verbs }) => {
        if (!verbs.includes('list') || !verbs.includes('delete') || kind === 'Event') return;
        const items = (await tolerant(cluster.list({ apiVersion, kind, metadataOnly: true })))?.items ?? [];
        for (const object of items.filter(isOurs)) {
          left++;
          await remove(cluster, object);
        }
      });
      return left === 0;
    },
    120_000,
    500,
  );
}
