/**
 * Finds the shared libraries that a program needs, the way its loader would: all that it names, and all that those
 * name.
 *
 * They come from the machine that builds, so that they match its glibc; looked for in the directories that loaders
 * search without any configuration (glibc's multiarch, lib64 and lib). In the image all of them lie beside libc, where
 * this loader looks first, so that neither a cache nor LD_LIBRARY_PATH is needed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import { inFile } from './bytes.ts';
import { type Elf, isElf64, readElf } from './elf.ts';
import type { LayerFile } from './layer.ts';

const searched = {
  amd64: ['/lib/x86_64-linux-gnu', '/usr/lib/x86_64-linux-gnu', '/lib64', '/usr/lib64', '/lib', '/usr/lib'],
  arm64: ['/lib/aarch64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/lib64', '/usr/lib64', '/lib', '/usr/lib'],
} as Record<string, string[]>;

/**
 * Opened at run time for name lookups and named by nobody: glibc before 2.34 resolves no host without them, later ones
 * do not ask.
 */
const openedByLibc = ['libnss_files.so.2', 'libnss_dns.so.2'];

/**
 * The loader and libraries that `program` needs, as files of an image.
 * @param directories Where to look, in order; by default where the program's own loader looks.
 * @throws BookendError `unsupported` when one of them is not on this machine.
 */
export function librariesOf(program: Elf, name: string, directories = searched[program.architecture] ?? []): LayerFile[] {
  if (program.interpreter === undefined) return [];
  const loader = dirname(program.interpreter) === '.' ? undefined : program.interpreter;
  const loaderName = loader?.slice(loader.lastIndexOf('/') + 1);
  const found = new Map<string, string>();
  const wanted = program.needed.map((library) => ({ library, by: name }));
  for (let next = wanted.shift(); next; next = wanted.shift()) {
    const { library, by } = next;
    if (library === loaderName || found.has(library)) continue;
    const path = find(library, program.architecture, directories);
    if (path === undefined) throw missing(library, by, directories);
    found.set(library, path);
    wanted.push(...inFile(path, (file) => readElf(file, path)).needed.map((needed) => ({ library: needed, by: library })));
  }
  for (const library of found.has('libc.so.6') ? openedByLibc : []) {
    const path = find(library, program.architecture, directories);
    if (path !== undefined) found.set(library, path);
  }
  const beside = dirname(found.get('libc.so.6') ?? [...found.values()][0] ?? '/lib/-');
  return [
    ...(loader === undefined ? [] : [fileFrom(loader, loader)]),
    ...[...found].map(([library, path]) => fileFrom(path, join(beside, library))),
  ];
}

/** The first such library of this architecture; a 32-bit one of the same name is passed over, as the loader does. */
function find(library: string, architecture: string, directories: string[]): string | undefined {
  return directories
    .map((directory) => join(directory, library))
    .find(
      (path) => existsSync(path) && inFile(path, (file) => isElf64(file) && readElf(file, path).architecture === architecture),
    );
}

function fileFrom(source: string, path: string): LayerFile {
  return { path, content: readFileSync(source), executable: true };
}

function missing(library: string, by: string, directories: string[]): BookendError {
  return new BookendError('unsupported', `the image needs the shared library ${library}, which ${by} is linked against`, {
    advice: `Install the package that has it (Debian and Ubuntu: libstdc++6, libatomic1); looked in ${directories.join(', ')}.`,
  });
}
