/** Images that are made by hand are made once for a machine and kept in the user's cache. */
import { createHash } from 'node:crypto';
import { cacheDirectory, payloadPath, prune, recall, remember } from '../image/cache.ts';
import { type HandmadeImage, packHandmadeImage } from '../image/handmade.ts';

/**
 * @param file how the archive is called in the cache
 * @param inputs everything that decides its bytes
 * @returns as `Lab.load` takes it
 */
export async function keptImage(
  name: string,
  file: string,
  inputs: readonly (string | Buffer)[],
  make: () => Promise<HandmadeImage>,
): Promise<{ name: string; tar: string; digest: string }> {
  const hash = createHash('sha256');
  for (const input of inputs) hash.update(input);
  const directory = cacheDirectory();
  const payload = payloadPath(directory, file, hash.digest('hex'), '.tar');
  const known = recall<{ digest: string; bytes: number }>(payload);
  if (known) return { name, tar: payload, digest: known.digest };
  const { content, digest } = await packHandmadeImage(await make());
  remember(payload, content, { digest });
  prune(directory, file, '.tar');
  return { name, tar: payload, digest };
}
