/**
 * Makes a few files of the program and of all packages that it uses: the image needs no node_modules, and Node
 * starts it in a fraction of the time that hundreds of files take. A few, not one: what the program imports when it
 * needs it stays a file of its own, and `bookend version` starts in a quarter of the time that it takes to read
 * everything. Names are kept, so that a stack trace from a cluster can be read; white space is not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BuildOptions, build } from 'esbuild';
import { BookendError } from '../../src/errors.ts';
import { lazyPackages } from './lazy-packages.ts';
import { narrowPackages } from './narrow-packages.ts';
import { nodeModules } from './node-modules.ts';
import { smallChunksTogether } from './small-chunks.ts';

export type Bundle = {
  /**
   * ECMAScript modules that need nothing but Node and each other, side by side in one directory. The one to run is
   * `bookend.mjs`.
   */
  files: { name: string; content: string }[];
  /** The licences of the packages within, which ask to be passed on with them. */
  licences: string;
  /** Where these packages lie, relative to `root`, sorted: `node_modules/undici`. */
  packages: string[];
};

export type BundleOptions = {
  /** The directory of package.json; by default this repository. */
  root?: string;
  /** The program, relative to `root`. */
  entry?: string;
  /**
   * Programs that it starts in threads, by the name of their file. They are found beside the program, so each needs
   * an entry of its own.
   */
  threads?: Readonly<Record<string, string>>;
  /**
   * The Git commit to name as the one that it was made of. Images name none: the same sources are to give the same
   * image.
   */
  commit?: string;
};

export const repository = join(import.meta.dirname, '..', '..');
export const commandLine = 'src/cli/main.ts';
const threadsOfCommandLine = { 'admission-worker': 'src/operator/admission-worker.ts' };

/** Packages written for `require` still find it: some of them ask for Node's own modules that way. */
const banner = "const require=process.getBuiltinModule('node:module').createRequire(import.meta.url);";

/**
 * Bundles the command line and operator, or another program. The same sources give the same code.
 * @throws BookendError `bad-input` when the program is missing or does not bundle.
 */
export async function bundle(options: BundleOptions = {}): Promise<Bundle> {
  const { root = repository, entry = commandLine, commit = '' } = options;
  const threads = options.threads ?? (entry === commandLine ? threadsOfCommandLine : {});
  if (!existsSync(join(root, entry))) {
    throw new BookendError('bad-input', `the program to bundle does not exist: ${join(root, entry)}`, {
      advice: 'Build from a complete checkout.',
    });
  }
  const bundling = {
    absWorkingDir: root,
    entryPoints: { bookend: entry, ...threads },
    outdir: root,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    define: { BOOKEND_COMMIT: JSON.stringify(commit) },
    banner: { js: banner },
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [nodeModules, lazyPackages, narrowPackages],
  } as const satisfies BuildOptions;
  const result = await build(bundling)
    .then(({ metafile }) => build({ ...bundling, plugins: [...bundling.plugins, smallChunksTogether(root, metafile)] }))
    .catch((error: Error) => {
      throw new BookendError('bad-input', `${entry} does not bundle: ${error.message}`, {
        cause: error,
        advice: 'Correct the named line.',
      });
    });
  const packages = packagesOf(Object.keys(result.metafile.inputs));
  return {
    files: result.outputFiles.map(({ path, text }) => ({ name: basename(path), content: text })),
    licences: licencesOf(root, packages),
    packages,
  };
}

/** The packages that a bundled file came from. */
function packagesOf(inputs: string[]): string[] {
  return [...new Set(inputs.flatMap((input) => input.match(/^(?:[^:]*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []))].sort();
}

/** One text with the name, version and licence of every package, sorted by name. */
function licencesOf(root: string, packages: string[]): string {
  const sections = packages.map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const title = `${name} ${version}${typeof license === 'string' ? ` (${license})` : ''}`;
    const texts = readdirSync(join(root, path))
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(root, path, file), 'utf8').trim());
    return [title, '-'.repeat(title.length), ...texts, ''].join('\n');
  });
  return sections.sort().join('\n');
}
