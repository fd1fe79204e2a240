/** The entries of a kubeconfig as they stand in its files, and how their fields are read: shared by all who turn them into something. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { BookendError } from '../../errors.ts';

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
