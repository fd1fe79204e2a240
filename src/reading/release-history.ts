/**
 * Helm's history of a release, as an uninstall changes it (`pkg/action/uninstall.go`): the last revision is marked
 * before the first hook, and at the end all revisions are deleted, or the last one says that nothing else is left.
 */
import type { Cluster } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { describeRef } from '../objects/identity.ts';
import { type Release, readRecord, readRelease } from './release.ts';
import { type ReleaseStatus, statusPatch } from './stored-release.ts';

/**
 * Does nothing where it has this status already. @throws BookendError `conflict` when another revision came meanwhile
 */
export async function markRelease(cluster: Cluster, release: Release, status: ReleaseStatus): Promise<void> {
  const now = await readRecordOf(cluster, release);
  if (now.storedIn.uid !== release.storedIn.uid) {
    const text = `release ${release.name} has revision ${now.revision} by now; Bookend has read revision ${release.revision}`;
    throw new BookendError('conflict', text, { object: describeRef(now.storedIn), advice: 'Run the command again.' });
  }
  if (now.status === status.status) return;
  const object = await cluster.get(release.storedIn);
  if (object) await cluster.patch(release.storedIn, { type: 'merge', value: statusPatch(object, status) });
}

/** The last revision goes last: until then Helm, and the same command again, find the release. */
export async function deleteHistory(cluster: Cluster, { stored }: Release): Promise<void> {
  for (const ref of stored) {
    await cluster
      .delete(ref, { propagation: 'Background', ...(ref.uid !== undefined && { uid: ref.uid }) })
      .catch((error: unknown) => {
        if (!isCode(error, 'not-found')) throw error;
      });
  }
}

/**
 * Also of a release of which only its history is left.
 * @throws BookendError `not-found` when there is none
 */
export async function readRecordOf(cluster: Cluster, { name, namespace }: Pick<Release, 'name' | 'namespace'>): Promise<Release> {
  return (await readRecord(cluster, name, namespace)) ?? (await readRelease(cluster, name, namespace));
}
