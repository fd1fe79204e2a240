/** Finds the manifests of the input: files, directories and, on request, subdirectories. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { YamlDocument } from '../../objects/yaml.ts';
import { readManifests } from './read-manifests.ts';

/**
 * @param recursive directories below directories too; those that begin with a dot and node_modules are left out
 * @throws BookendError `bad-input` with file and line for what is no manifest, and for a template that is not rendered
 */
export async function manifestsOf(
  names: readonly string[],
  recursive: boolean,
  readInput: () => Promise<string>,
): Promise<YamlDocument[]> {
  const files = recursive ? (await Promise.all(names.map(below))).flat() : names;
  return await readManifests(files, readInput);
}

async function below(name: string): Promise<string[]> {
  const found = name === '-' ? undefined : await stat(name).catch(() => undefined);
  return found?.isDirectory() ? filesBelow(name) : [name];
}

/**
 * The manifests in a directory and below, by name.
 * @param isWhole a directory that is named itself, and not looked into
 */
export async function filesBelow(directory: string, isWhole: (path: string) => boolean = () => false): Promise<string[]> {
  if (isWhole(directory)) return [directory];
  const entries = (await readdir(directory, { withFileTypes: true })).filter((entry) => !/^\.|^node_modules$/.test(entry.name));
  const nested = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map((entry) => {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) return filesBelow(path, isWhole);
        return /\.(ya?ml|json)$/.test(entry.name) ? [path] : [];
      }),
  );
  return nested.flat();
}
