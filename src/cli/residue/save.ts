/**
 * Saves objects before they are removed. Only the user may read the directory: Secrets are among them, with their
 * values.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { idOf, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { writeYaml } from '../../objects/yaml.ts';

/**
 * @param given a new or empty directory; undefined: a new one below the current directory
 * @returns the directory
 * @throws BookendError bad-input: it cannot be written, or holds something already
 */
export function saveObjects(objects: readonly KubernetesObject[], given: string | undefined, release: string): string {
  const directory = makeDirectory(given, release);
  const digits = String(objects.length).length;
  for (const [index, object] of objects.entries()) {
    const file = join(directory, `${String(index + 1).padStart(digits, '0')}-${fileNameOf(object)}.yaml`);
    writeFileSync(file, writeYaml([object]), { mode: 0o600, flag: 'wx' });
  }
  return directory;
}

function makeDirectory(given: string | undefined, release: string): string {
  try {
    if (given === undefined) return mkdtempSync(`bookend-residue-${plain(release)}-`);
    mkdirSync(given, { recursive: true, mode: 0o700 });
    if (readdirSync(given).length > 0) throw refusal(given, 'is not empty');
    chmodSync(given, 0o700);
    return given;
  } catch (error) {
    if (error instanceof BookendError || !(error instanceof Error)) throw error;
    throw refusal(given ?? '.', `cannot be written: ${error.message}`);
  }
}

function refusal(directory: string, why: string): BookendError {
  return new BookendError('bad-input', `${directory} ${why}; nothing was deleted`, {
    field: '--save',
    advice: 'Give a new directory with --save.',
  });
}

/** Names of roles may contain anything but `/`, and some file systems far less. */
function fileNameOf(object: KubernetesObject): string {
  const { kind, namespace, name } = parseId(idOf(object));
  return plain([kind, namespace, name].filter((part) => part !== undefined).join('-')).slice(0, 180);
}

function plain(text: string): string {
  return text.replaceAll(/[^\w.-]/g, '_');
}
