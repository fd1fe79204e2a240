/** An image with kubectl and a shell, as the clean-up hooks of many charts want one. Its programs are those of the machine; nothing is downloaded. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { cacheDirectory, payloadPath, prune, recall, remember } from '../image/cache.ts';
import { packHandmadeImage } from '../image/handmade.ts';
import type { Lab } from './lab.ts';
import { programFile, programsWithLibraries } from './machine-programs.ts';

export const kubectlImage = 'registry.bookend.dev/examples/kubectl:1';

const programs = ['sh', 'sleep', 'wc', 'cat'] as const;

/** Makes it and brings it into the cluster, unless it is there. */
export async function loadKubectlImage(lab: Lab): Promise<void> {
  const kubectl = readFileSync(kubectlOf(lab));
  const hash = createHash('sha256')
    .update(readFileSync(import.meta.filename))
    .update(kubectl);
  for (const program of programs) hash.update(readFileSync(programFile(program)));
  const directory = cacheDirectory();
  const payload = payloadPath(directory, 'test-kubectl', hash.digest('hex'), '.tar');
  const known = recall<{ digest: string; bytes: number }>(payload);
  if (known) return await lab.load({ name: kubectlImage, tar: payload, digest: known.digest });
  const entries = [{ path: '/bin/kubectl', content: kubectl, mode: 0o755 }, ...programsWithLibraries(programs)];
  const { content, digest } = await packHandmadeImage({
    name: kubectlImage,
    entries,
    entrypoint: ['/bin/kubectl'],
    environment: { PATH: '/bin', HOME: '/tmp' },
    user: '65532:65532',
  });
  remember(payload, content, { digest });
  prune(directory, 'test-kubectl', '.tar');
  await lab.load({ name: kubectlImage, tar: payload, digest });
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
