/**
 * The entries of a kubeconfig as they stand in its files, and how their fields are read.
 *
 * client-go refuses a field of another type while it reads the file, so here nothing is taken for a text or a list
 * that is none. An empty field (null) counts as absent, as there.
 */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { isMap } from '../../objects/fields.ts';

/** A named entry and the file it stands in, which its relative paths start from. */
export type Entry<T> = { name: string; file: string; value: T };

export type KubeconfigCluster = {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
};

export type KubeconfigUser = {
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  as?: string;
  'as-groups'?: string[];
  'as-uid'?: string;
  exec?: KubeconfigExec;
  'auth-provider'?: { name: string; config?: Record<string, string> };
};

export type KubeconfigExec = {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
};

/** PEM from a base64 field, or from the file that another field names. */
export async function pem<T extends object>(
  entry: Entry<T>,
  inline: keyof T & string,
  path: keyof T & string,
): Promise<string | undefined> {
  const { [inline]: data, [path]: file } = entry.value;
  if (typeof data === 'string' && data !== '') return Buffer.from(data, 'base64').toString('utf8');
  if (typeof file !== 'string' || file === '') return undefined;
  return (await readText(resolvePath(entry.file, file), true)) ?? '';
}

/** A path in a kubeconfig starts from the file that it stands in. */
export function resolvePath(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

export function badConfig(message: string, field: string, advice = 'Correct the kubeconfig.'): BookendError {
  return new BookendError('bad-input', message, { field, advice });
}

/** A file's text; undefined when it need not exist and does not. @throws BookendError `bad-input` */
export async function readText(file: string, mustExist: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !mustExist) return undefined;
    throw new BookendError('bad-input', `${file} cannot be read: ${code === 'ENOENT' ? 'it does not exist' : message}`, {
      advice: 'Correct the path, or make the file readable.',
      cause,
    });
  }
}

/** `text`, a list of texts, a flag, or a map with fields of its own; a list in brackets is one of maps. */
type Shape = 'text' | 'texts' | 'flag' | 'map' | { [field: string]: Shape } | [Shape];

const cluster = {
  server: 'text',
  'certificate-authority': 'text',
  'certificate-authority-data': 'text',
  'insecure-skip-tls-verify': 'flag',
  'tls-server-name': 'text',
  'proxy-url': 'text',
} as const;

const user = {
  token: 'text',
  tokenFile: 'text',
  username: 'text',
  password: 'text',
  'client-certificate': 'text',
  'client-certificate-data': 'text',
  'client-key': 'text',
  'client-key-data': 'text',
  as: 'text',
  'as-groups': 'texts',
  'as-uid': 'text',
  exec: {
    apiVersion: 'text',
    command: 'text',
    args: 'texts',
    env: [{ name: 'text', value: 'text' }],
    installHint: 'text',
    provideClusterInfo: 'flag',
    interactiveMode: 'text',
  },
  'auth-provider': { name: 'text', config: 'map' },
} satisfies Shape;

const context = { cluster: 'text', user: 'text', namespace: 'text' } as const;

const shapes = { cluster, user, context };

/**
 * The entries of one list of a kubeconfig file.
 * @throws BookendError `bad-input` with the field
 */
export function entriesOf<T extends object>(
  content: Record<string, unknown>,
  what: keyof typeof shapes,
  file: string,
): Entry<T>[] {
  const list = content[`${what}s`];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw wrong(file, `${what}s`, 'a list');
  return list.map((entry: unknown, index) => {
    if (!isMap(entry) || typeof entry.name !== 'string') throw wrong(file, `${what}s[${index}].name`, 'a text');
    const { name } = entry;
    return { name, file, value: (shaped(entry[what], shapes[what], `${what}s[${name}].${what}`, file) ?? {}) as T };
  });
}

/** A text field of the file itself. */
export function textIn(content: Record<string, unknown>, field: string, file: string): string | undefined {
  return (shaped(content[field], 'text', field, file) as string | undefined) || undefined;
}

/** The value without its empty fields. */
function shaped(value: unknown, shape: Shape, field: string, file: string): unknown {
  if (value === undefined || value === null) return undefined;
  if (shape === 'text') return fitting(typeof value === 'string', value, field, file, 'a text');
  if (shape === 'flag') return fitting(typeof value === 'boolean', value, field, file, 'true or false');
  if (shape === 'texts') {
    const texts = Array.isArray(value) && value.every((each) => typeof each === 'string');
    return fitting(texts, value, field, file, 'a list of texts');
  }
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) throw wrong(file, field, 'a list');
    return value.map((each, index) => shaped(each, shape[0], `${field}[${index}]`, file) ?? {});
  }
  if (!isMap(value)) throw wrong(file, field, 'a map');
  if (shape === 'map') return value;
  const fields = Object.entries(value).flatMap(([key, each]) => {
    const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
    const kept = known ? shaped(each, known, `${field}.${key}`, file) : each;
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return Object.fromEntries(fields);
}

function fitting(fits: boolean, value: unknown, field: string, file: string, what: string): unknown {
  if (!fits) throw wrong(file, field, what);
  return value;
}

function wrong(file: string, field: string, what: string): Error {
  return badConfig(`${file}: ${field} must be ${what}`, field);
}
