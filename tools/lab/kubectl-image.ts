/**
 * An image with kubectl and a shell, as the clean-up hooks of many charts want one. Its programs are those of the
 * machine; nothing is downloaded.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { keptImage, programFile, programsWithLibraries } from './kept-image.ts';
import type { Lab } from './lab.ts';

export const kubectlImage = 'registry.bookend.dev/examples/kubectl:1';

const programs = ['sh', 'sleep', 'wc', 'cat'] as const;

/** Makes it and brings it into the cluster, unless it is there. */
export async function loadKubectlImage(lab: Lab): Promise<void> {
  const kubectl = readFileSync(kubectlOf(lab));
  const inputs = [readFileSync(import.meta.filename), kubectl, ...programs.map((program) => readFileSync(programFile(program)))];
  const image = await keptImage(kubectlImage, 'test-kubectl', inputs, async () => ({
    name: kubectlImage,
    entries: [{ path: '/bin/kubectl', content: kubectl, mode: 0o755 }, ...programsWithLibraries(programs)],
    entrypoint: ['/bin/kubectl'],
    environment: { PATH: '/bin', HOME: '/tmp' },
    user: '65532:65532',
  }));
  await lab.load(image);
}

function kubectlOf({ bin }: Lab): string {
  for (const directory of bin ? [bin] : (process.env.PATH ?? '').split(delimiter)) {
    try {
      return realpathSync(join(directory, 'kubectl'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new BookendError('unsupported', 'there is no kubectl on this machine', {
    advice: 'Install kubectl and put it on the PATH.',
  });
}
