/**
 * What the rest of the repository uses of this folder: a local cluster loads the images, publishing writes the bundle.
 */
import { type BuiltImage, build } from './build.ts';

export { type Bundle, type BundleOptions, bundle } from './bundle.ts';
export type { BuiltImage };

/**
 * All our images as archives that `ctr images import`, `docker load` and OCI tools read. Takes a fraction of a second
 * when nothing changed since the last build. The archives stay in the user's cache (`$XDG_CACHE_HOME/bookend/images`).
 * @param options.progress Called with lines for people: what is being built, how long it took, how large it is.
 * @throws BookendError `bad-input` when a source is missing, `unsupported` when this machine lacks Node or its
 * libraries.
 */
export async function buildImages(options: { progress?: (line: string) => void } = {}): Promise<BuiltImage[]> {
  return await build(options);
}
