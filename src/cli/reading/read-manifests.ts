/** Reads manifests from files, directories and standard input, as `kubectl apply -f` does. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { readManifest } from '../../objects/read-manifest.ts';
import type { YamlDocument } from '../../objects/yaml.ts';

/**
 * @param names files, directories (their .yaml, .yml and .json files but kustomizations, not those below) and `-`
 * @throws BookendError `bad-input`, naming file and line
 */
export async function readManifests(names: readonly string[], readInput: () => Promise<string>): Promise<YamlDocument[]> {
  return (await readTexts(names, readInput)).flatMap(({ text, file }) => readManifest(text, file));
}

/** What it is called in messages. */
export const standardInput = 'standard input';

/** A file as it is. */
export type ManifestText = { file: string; text: string };

/**
 * The same files, for who does more with them than read the objects.
 *
 * @param recursive also the directories within directories; links to directories are not followed
 */
export async function readTexts(
  names: readonly string[],
  readInput: () => Promise<string>,
  recursive = false,
): Promise<ManifestText[]> {
  const texts: ManifestText[] = [];
  for (const name of names) {
    if (name === '-') texts.push({ file: standardInput, text: await readInput() });
    else for (const file of await filesOf(name, recursive)) texts.push({ file, text: await read(file) });
  }
  return texts;
}

async function filesOf(name: string, recursive: boolean): Promise<string[]> {
  const found = await stat(name).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  if (!found.isDirectory()) return [name];
  const entries = await readdir(name, { recursive, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory() && isManifest(entry.name));
  if (files.length > 0) return files.map((entry) => join(entry.parentPath, entry.name)).sort();
  const advice = recursive || !entries.some((entry) => entry.isDirectory()) ? {} : { advice: nameDeeper };
  throw new BookendError('bad-input', `${name} has no .yaml, .yml or .json file`, { field: '-f', ...advice });
}

const nameDeeper = 'Name the directories in it, or the files; bookend share takes -R.';

/** A kustomization says what is to become of manifests, and is none. */
function isManifest(name: string): boolean {
  return /\.(ya?ml|json)$/.test(name) && !/^kustomization\.ya?ml$/.test(name);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): BookendError {
  const why = error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'does not exist' : 'cannot be read';
  return new BookendError('bad-input', `${file} ${why}`, { field: '-f', advice: 'Correct the path.', cause: error });
}
