/** What a machine must have before a cluster can be started on it, and what to do where it does not. */
import { BookendError } from '../../../src/errors.ts';
import { run } from './command.ts';

/** The way out for everyone whose machine cannot run the local cluster. */
export const existingClusterAdvice =
  'Or use a cluster that you have: add --kubeconfig FILE and/or --context NAME (kind, k3d and minikube get the image loaded as well).';

/**
 * Refuses machines that cannot run a cluster of their own.
 * @throws BookendError `unsupported`
 */
export function requireLinuxRoot(platform: string = process.platform, user: number | undefined = process.getuid?.()): void {
  if (platform !== 'linux') {
    throw new BookendError('unsupported', `The local cluster needs Linux, and this machine runs ${platform}`, {
      advice: `Use a Linux machine or virtual machine. ${existingClusterAdvice}`,
    });
  }
  if (user !== 0) {
    throw new BookendError('unsupported', 'The local cluster needs root: it makes a network namespace, mounts and cgroups', {
      advice: `Run it again with sudo. ${existingClusterAdvice}`,
    });
  }
}

/** Refuses machines that cannot build the programs. */
export async function requireGo(): Promise<void> {
  try {
    await run('go', ['version']);
  } catch (cause) {
    const advice = `Install Go 1.26 or newer (https://go.dev/dl). ${existingClusterAdvice}`;
    const message = 'The programs of the local cluster are built with Go, and there is no working `go` on the PATH';
    throw new BookendError('unsupported', message, { cause, advice });
  }
}
