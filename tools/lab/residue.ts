/** What an uninstall leaves behind: everything in the cluster before and after, compared. */
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { Cluster } from '../../src/cluster/port.ts';
import { isCode } from '../../src/errors.ts';
import { idOf } from '../../src/objects/identity.ts';

/** Kinds that come and go by themselves; APIServices follow the CustomResourceDefinitions. */
export const restless: ReadonlySet<string> = new Set([
  'Event',
  'Lease',
  'Endpoints',
  'EndpointSlice',
  'ComponentStatus',
  'FlowSchema',
  'PriorityLevelConfiguration',
  'IPAddress',
  'APIService',
]);

/** Every object, and every label of every node, as text. */
export async function snapshot(cluster: Cluster): Promise<Set<string>> {
  const { kinds } = await cluster.kinds();
  const found = new Set<string>();
  await inTurns(6, kinds, async ({ apiVersion, kind, verbs }) => {
    if (restless.has(kind) || !verbs.includes('list')) return;
    const { items } = await cluster.list({ apiVersion, kind, metadataOnly: true }).catch((error: unknown) => {
      // A CustomResourceDefinition that went since discovery took its objects along.
      if (isCode(error, 'not-found')) return { items: [] };
      throw error;
    });
    for (const object of items) {
      found.add(idOf(object));
      if (kind === 'Node')
        for (const label of Object.keys(object.metadata.labels ?? {})) found.add(`label ${label} on ${idOf(object)}`);
    }
  });
  return found;
}

/** What is there now and was not before. */
export async function residueSince(cluster: Cluster, before: ReadonlySet<string>): Promise<string[]> {
  return [...(await snapshot(cluster))].filter((each) => !before.has(each)).sort();
}
