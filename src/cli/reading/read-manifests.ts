/** Manifests from files, directories and the standard input, as `kubectl apply -f` takes them. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { readManifest } from '../../objects/read-manifest.ts';
import type { YamlDocument } from '../../objects/yaml.ts';

/**
 * @param names files, directories (their .yaml, .yml and .json files, not those below) and `-`
 * @throws BookendError `bad-input`, naming file and line
 */
export async function readManifests(names: readonly string[], readInput: () => Promise<string>): Promise<YamlDocument[]> {
  return (await readTexts(names, readInput)).flatMap(({ text, file }) => readManifest(text, file));
}

/** A file as it is. */
export type ManifestText = { file: string; text: string };

/** The same files, for who does more with them than read the objects. */
export async function readTexts(names: readonly string[], readInput: () => Promise<string>): Promise<ManifestText[]> {
  const texts: ManifestText[] = [];
  for (const name of names) {
    if (name === '-') texts.push({ file: 'standard input', text: await readInput() });
    else for (const file of await filesOf(name)) texts.push({ file, text: await read(file) });
  }
  return texts;
}

async function filesOf(name: string): Promise<string[]> {
  const found = await stat(name).catch((error: unknown) => {
    throw unreadable(name, error);
  });
  if (!found.isDirectory()) return [name];
  const files = (await readdir(name)).filter((file) => /\.(ya?ml|json)$/.test(file)).sort();
  if (files.length === 0) throw new BookendError('bad-input', `${name} has no .yaml, .yml or .json file`, { field: '-f' });
  return files.map((file) => join(name, file));
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
