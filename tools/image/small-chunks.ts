/**
 * Puts the small files of a bundle into one. For each set of entries (programs, and modules that are imported later)
 * that share modules, esbuild makes a file. That gives a hundred files, most of them a few kilobytes large, and Node
 * needs time for each, however little is in it.
 *
 * Modules that the same entries reach go into the same file. So every entry imports all small modules.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile, Plugin } from 'esbuild';

/** In bytes. What is smaller is loaded whenever the program starts, so together it must not be much. */
const small = 8_000;

/** Of this repository: what a plugin makes has a colon in its name. */
const isSource = /^[^:]*\.ts$/;

/** @param found what esbuild made without this plugin */
export function smallChunksTogether(root: string, { outputs }: Metafile): Plugin {
  const modules = new Set(
    Object.keys(outputs)
      .filter((name) => isSmall(name, outputs))
      .flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}))
      .filter((path) => isSource.test(path)),
  );
  const entries = new Set(
    Object.values(outputs)
      .flatMap(({ entryPoint }) => entryPoint ?? [])
      .map((path) => join(root, path)),
  );
  return {
    name: 'small-chunks',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^small-chunks$/ }, ({ path }) => ({ path, namespace: 'small-chunks' }));
      const contents = [...modules].map((path) => `import ${JSON.stringify(`./${path}`)};`).join('\n');
      onLoad({ filter: /.*/, namespace: 'small-chunks' }, () => ({ contents, resolveDir: root }));
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        entries.has(path) ? { contents: `import 'small-chunks';${readFileSync(path, 'utf8')}`, loader: 'ts' } : undefined,
      );
    },
  };
}

/** A small file that several share, and that needs no other than such files. */
function isSmall(name: string, outputs: Metafile['outputs'], above: readonly string[] = []): boolean {
  const output = outputs[name];
  if (output === undefined || output.entryPoint !== undefined || output.bytes > small) return false;
  return output.imports.every(
    ({ path, kind, external }) =>
      external || kind !== 'import-statement' || above.includes(path) || isSmall(path, outputs, [...above, name]),
  );
}
