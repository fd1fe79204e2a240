/**
 * Paths that are not of an image but made by the kernel, the runtime or the kubelet, and names that only a shell
 * understands.
 */
import { shortened } from './limits.ts';
import { cleanPath, isWithin } from './spec.ts';
import { tokenDirectories } from './standings.ts';

/** Why nothing can be shared from there, or seen there. */
export function whyReserved(path: string, use: 'source' | 'target'): string | undefined {
  const clean = cleanPath(path);
  const ofKernel = ['/proc', '/dev', '/sys'].find((each) => isWithin(clean, each));
  // A tmpfs in which the processes of several containers meet is what many databases need.
  if (ofKernel !== undefined && !(use === 'target' && isWithin(clean, '/dev/shm'))) {
    const files = use === 'source' ? 'no image has files there' : 'a share would hide what programs need there';
    return `${ofKernel} is made by the kernel in every container, and ${files}: choose another directory`;
  }
  if (tokenDirectories.some((each) => isWithin(clean, each))) {
    const files = use === 'source' ? 'no image has it' : 'a share would hide it';
    return `the kubelet puts the token of the ServiceAccount there, and ${files}: choose another directory`;
  }
  return globIn(path);
}

function globIn(path: string): string | undefined {
  const [glob] = /[*?]|\[[^\]/]*-[^\]/]*\]/.exec(path) ?? [];
  if (glob === undefined) return undefined;
  const at = path.indexOf(glob);
  const directory = path.slice(0, path.lastIndexOf('/', at)) || '/';
  return `${JSON.stringify(glob)} is for shells, and here it would be part of a name: name the directory (${shortened(directory)}), of which everything is shared, dotfiles too`;
}
