/**
 * Finds the shared libraries that a program needs by asking its loader. With LD_TRACE_LOADED_OBJECTS, the loader of
 * glibc lists what it would load and does not start the program (ld.so(8)); `ldd` is only a script around this.
 *
 * They come from the machine that builds, so that they match its glibc. In the image all of them lie beside libc, where
 * this loader looks first, so that neither a cache nor LD_LIBRARY_PATH is needed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BookendError } from '../../src/errors.ts';
import type { LayerFile } from './layer.ts';

/**
 * Opened at run time for name lookups and named by nobody: glibc before 2.34 resolves no host without them, later ones
 * do not ask.
 */
const openedByLibc = ['libnss_files.so.2', 'libnss_dns.so.2'];

/**
 * The loader and libraries that the dynamically linked `program` needs, as files of an image.
 * @param libraryPath Where the loader looks first.
 * @throws BookendError `unsupported` when the program cannot run here, or a library is not on this machine.
 */
export function librariesOf(program: string, libraryPath = ''): LayerFile[] {
  const env = { LD_TRACE_LOADED_OBJECTS: '1', LD_LIBRARY_PATH: libraryPath };
  const { stdout, error } = spawnSync(program, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  if (error) throw new BookendError('unsupported', `${program} cannot run on this machine: ${error.message}`, { cause: error });
  // Lines: `libm.so.6 => /lib/libm.so.6 (0x…)`, `libm.so.6 => not found`, the loader with its path alone, the vDSO
  // alone.
  const lines = [...stdout.matchAll(/^\s*(\S+)(?: => (\/\S+|not found))?/gm)];
  const found = new Map<string, string>();
  for (const [, library = '', path] of lines) {
    if (path === 'not found') throw missing(library, program);
    if (path !== undefined) found.set(library, path);
  }
  const beside = dirname(found.get('libc.so.6') ?? '/lib/-');
  for (const library of openedByLibc) {
    if (existsSync(join(beside, library))) found.set(library, join(beside, library));
  }
  return [
    ...lines.filter(([, name = '']) => name.startsWith('/')).map(([, loader = '']) => fileFrom(loader, loader)),
    ...[...found].map(([library, path]) => fileFrom(path, join(beside, library))),
  ];
}

function fileFrom(source: string, path: string): LayerFile {
  return { path, content: readFileSync(source), executable: true };
}

function missing(library: string, program: string): BookendError {
  return new BookendError('unsupported', `the image needs the shared library ${library}, which ${program} is linked against`, {
    advice: 'Install the package that has it (Debian and Ubuntu: libstdc++6, libatomic1).',
  });
}
