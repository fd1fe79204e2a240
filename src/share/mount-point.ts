/** A mount point that must exist in a copy: relative to its root. */
export type MountPoint = { path: string; type: 'Directory' | 'File' };
