/** The images that this repository makes, as a table: what is in each, and what it is made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodePath } from './base.ts';
import { bundle, commandLine } from './bundle.ts';
import type { Architecture } from './debian/lock.ts';
import { buildGoProgram, goCompiler } from './go.ts';
import { filesUnder, isExecutable } from './inputs.ts';
import type { LayerFile } from './layer.ts';

export type ImageRecipe = {
  /** Below `registry.bookend.dev/`. */
  repository: string;
  title: string;
  /** `node`: the layer of base.ts lies below; `scratch`: nothing does. */
  base: 'node' | 'scratch';
  entrypoint: string[];
  /** Files and directories that decide what the topmost layer is, relative to the root. */
  inputs: string[];
  /**
   * What must exist for the image to be made; when it does not, an optional image is left out and any other is an
   * error.
   */
  needs: string;
  optional?: boolean;
  /** What makes the files, where that is not this program itself: another compiler makes another image. */
  compiler?(root: string): Promise<string>;
  /** The files of the topmost layer. */
  files(root: string, version: string, architecture: Architecture): Promise<LayerFile[]>;
};

export const registry = 'registry.bookend.dev';

const seed = 'tools/seed';

export const images: ImageRecipe[] = [
  {
    repository: 'bookend',
    title: 'Bookend: the operator and the command line',
    base: 'node',
    entrypoint: [nodePath, '/app/bookend.mjs'],
    inputs: ['package.json', 'package-lock.json', 'LICENSE', 'src'],
    needs: commandLine,
    files: async (root) => {
      const { files, licences } = await bundle({ root });
      return [
        ...files.map(({ name, content }) => ({ path: `/app/${name}`, content })),
        { path: '/usr/share/doc/bookend/copyright', content: readFileSync(join(root, 'LICENSE')) },
        { path: '/usr/share/doc/bookend/packages', content: licences },
      ];
    },
  },
  {
    repository: 'seed',
    title: 'Bookend: the tool that copies directories into shares',
    base: 'scratch',
    entrypoint: ['/seed'],
    inputs: [seed],
    needs: seed,
    compiler: (root) => goCompiler(join(root, seed)),
    files: async (root, version, architecture) => [
      { path: '/seed', content: await buildGoProgram({ directory: join(root, seed), version, architecture }), executable: true },
      // What an image volume with a subPath is to show: `seed check`.
      ...directory(root, `${seed}/check`, '/check'),
    ],
  },
  {
    repository: 'examples/node-agent',
    title: 'Bookend example: an agent that labels its node',
    base: 'node',
    entrypoint: [nodePath],
    inputs: ['examples/node-agent/image'],
    needs: 'examples/node-agent/image',
    optional: true,
    files: async (root) => directory(root, 'examples/node-agent/image', '/app'),
  },
];

/** The files below `from`, relative to `root`, placed below `to`. */
function directory(root: string, from: string, to: string): LayerFile[] {
  return filesUnder(root, from).map((file) => ({
    path: join(to, file.slice(from.length)),
    content: readFileSync(join(root, file)),
    executable: isExecutable(join(root, file)),
  }));
}
