/** The volumes of a Pod as they lie on the node, which for the local cluster is this machine. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { clusterPaths } from '../local-cluster/machine/paths.ts';
import type { Lab } from './lab.ts';

/**
 * Where the kubelet has an emptyDir.
 * @param uid of the Pod
 * @throws BookendError `unsupported` on another cluster than the local one
 */
export function emptyDirOf(lab: Pick<Lab, 'local'>, uid: string, volume: string): string {
  return join(emptyDirsOf(lab, uid), volume);
}

/** What a Pod has written into its emptyDirs on the disk, in bytes of blocks; those in memory count what they hold. */
export function bytesInEmptyDirs(lab: Pick<Lab, 'local'>, uid: string): number {
  return bytesBelow(emptyDirsOf(lab, uid));
}

function emptyDirsOf({ local }: Pick<Lab, 'local'>, uid: string): string {
  if (local === undefined) {
    throw new BookendError('unsupported', 'the files of a node can be looked at on the local cluster only', {
      advice: 'Leave out --kubeconfig and --context.',
    });
  }
  return join(clusterPaths(local).kubelet, 'pods', uid, 'volumes', 'kubernetes.io~empty-dir');
}

/**
 * Blocks of files; a directory of a volume takes some even when it is empty, which nobody has written. What is just
 * being removed does not count.
 */
function bytesBelow(directory: string): number {
  let bytes = 0;
  for (const entry of entriesOf(directory)) {
    const path = join(directory, entry.name);
    bytes += entry.isDirectory() ? bytesBelow(path) : (lstatSync(path, { throwIfNoEntry: false })?.blocks ?? 0) * 512;
  }
  return bytes;
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
