/** Reads a snapshot: metadata of every kind that can be listed, in pages, a few lists at a time. */
import { inTurns, listsAtOnce } from '../cluster/in-turns.ts';
import type { Cluster, KindInfo } from '../cluster/port.ts';
import { storedReads } from '../cluster/stored-reads.ts';
import { isCode } from '../errors.ts';
import type { ObjectId } from '../objects/identity.ts';
import { resourceName } from '../objects/kind-names.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { Seer } from './see.ts';
import type { SeenObject, Snapshot } from './snapshot.ts';

export type SnapshotOptions = {
  /** Told after each list how far the reading has come. */
  onRead?: (read: { lists: number; objects: number }) => void;
  /** Where to look when a list of all namespaces is refused: many may read their own and no other. */
  own?: readonly string[];
  /** What the uninstall itself keeps while it runs: a snapshot that is taken meanwhile is without it. */
  except?: ReadonlySet<ObjectId>;
};

/** @throws BookendError unreachable, throttled, unauthorized: the cluster does not tell what it serves. */
export async function takeSnapshot(
  cluster: Cluster,
  { onRead = () => {}, own = [], except = new Set() }: SnapshotOptions = {},
): Promise<Snapshot> {
  const { kinds, missing } = await cluster.kinds();
  const reader = storedReads(cluster);
  const seer = new Seer();
  const at: Record<string, string> = {};
  const objects = new Map<string, SeenObject>();
  const notSeen = missing.map((group) => `API group ${group} does not answer: what it serves is not known`);
  let lists = 0;
  await inTurns(listsAtOnce, kinds.filter(mayBeResidue), async (info) => {
    const name = resourceName(info);
    const read = await listed(reader, info, seer, own);
    notSeen.push(...read.notSeen.map((text) => `${name}${text}`));
    if (read.resourceVersion !== undefined) at[name] = read.resourceVersion;
    for (const object of read.objects) if (!except.has(object.id)) objects.set(object.ref.uid, object);
    lists += 1;
    onRead({ lists, objects: objects.size });
  });
  return { at: Object.fromEntries(Object.entries(at).sort(byKey)), objects, notSeen: notSeen.sort() };
}

type Read = { objects: SeenObject[]; resourceVersion?: string; notSeen: string[] };

async function listed(cluster: Cluster, info: KindInfo, seer: Seer, own: readonly string[]): Promise<Read> {
  const whole = await listedIn(cluster, info, seer, undefined);
  if (!whole.isForbidden || !info.namespaced || own.length === 0) return whole;
  const parts: Read[] = [];
  for (const namespace of own) parts.push(await listedIn(cluster, info, seer, namespace));
  const outside = whole.notSeen.map((text) => ` outside of ${own.join(', ')}${text}`);
  return { objects: parts.flatMap(({ objects }) => objects), notSeen: [...outside, ...parts.flatMap(({ notSeen }) => notSeen)] };
}

async function listedIn(
  cluster: Cluster,
  info: KindInfo,
  seer: Seer,
  namespace: string | undefined,
): Promise<Read & { isForbidden?: boolean }> {
  const { apiVersion, kind } = info;
  const objects: SeenObject[] = [];
  try {
    const { resourceVersion } = await cluster.list({
      apiVersion,
      kind,
      ...(namespace !== undefined && { namespace }),
      ...(!Seer.needsBody(info) && { metadataOnly: true }),
      // What a receipt does not use is dropped before the next page is read.
      keep: (object) => {
        const seen = seer.see(object, info);
        if (seen) objects.push(seen);
        return undefined;
      },
    });
    return { objects, resourceVersion, notSeen: [] };
  } catch (error) {
    // Its definition went since discovery, and took its objects along.
    if (isCode(error, 'not-found')) return { objects: [], notSeen: [] };
    const mayFail = isCode(error, 'forbidden', 'unsupported', 'invalid', 'gone');
    if (!mayFail && !(isCode(error, 'unreachable') && !isBuiltInGroup(info.group))) throw error;
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`;
    return { objects: [], notSeen: [`${where}: ${error.message}`], isForbidden: isCode(error, 'forbidden') };
  }
}

/** Events and figures come and go by themselves; nobody calls them residue. */
function mayBeResidue({ group, kind, verbs }: KindInfo): boolean {
  return verbs.includes('list') && kind !== 'Event' && kind !== 'ComponentStatus' && !group.endsWith('metrics.k8s.io');
}

function byKey([one]: [string, string], [other]: [string, string]): number {
  return one < other ? -1 : 1;
}
