/** Paths that belong to the kernel, the runtime or the kubelet and not to an image, and shell patterns. */
import { shortened } from './limits.ts';
import { cleanPath, isWithin } from './spec.ts';
import { tokenDirectories } from './standings.ts';

/** Why nothing can be shared from there, or seen there. */
export function whyReserved(path: string, use: 'source' | 'target'): string | undefined {
  const clean = cleanPath(path);
  const ofKernel = ['/proc', '/dev', '/sys'].find((each) => isWithin(clean, each));
  // A tmpfs in which the processes of several containers meet is what many databases need.
  if (ofKernel !== undefined && !(use === 'target' && isWithin(clean, '/dev/shm'))) {
    const files = use === 'source' ? 'images have no files there' : 'a share would hide what programs need there';
    return `${ofKernel} belongs to the kernel in every container, and ${files}. Use another directory`;
  }
  if (tokenDirectories.some((each) => isWithin(clean, each))) {
    const files = use === 'source' ? 'images do not contain it' : 'a share would hide it';
    return `the kubelet mounts the ServiceAccount token there, and ${files}. Use another directory`;
  }
  return globIn(path);
}

function globIn(path: string): string | undefined {
  const [glob] = /[*?]|\[[^\]/]*-[^\]/]*\]/.exec(path) ?? [];
  if (glob === undefined) return undefined;
  const at = path.indexOf(glob);
  const directory = path.slice(0, path.lastIndexOf('/', at)) || '/';
  return `${JSON.stringify(glob)} is a shell pattern, and shares take no patterns. Use the directory (${shortened(directory)}): a share includes all its files, hidden ones too`;
}
