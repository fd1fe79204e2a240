/**
 * Finds the mirrors of Debian that this machine is configured for. No mirror is named here: a company's machines often
 * reach only its own.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BookendError } from '../../../src/errors.ts';

export const mirrorVariable = 'BOOKEND_DEBIAN_MIRROR';
const securityMirrorVariable = 'BOOKEND_DEBIAN_SECURITY_MIRROR';

/** The address of the package at `path`. Packages of security updates are on a mirror of their own. */
export function addressOf(path: string, environment: NodeJS.ProcessEnv = process.env, etc = '/etc/apt'): string {
  const isSecurity = path.startsWith('pool/updates/');
  const variable = isSecurity ? securityMirrorVariable : mirrorVariable;
  const mirror = environment[variable] || aptMirror(etc, isSecurity ? /\/debian-security\/?$/ : /\/debian\/?$/);
  if (mirror === undefined || mirror === '') {
    throw new BookendError('unsupported', `the images contain Debian packages, and this machine names no mirror of Debian`, {
      advice: `Set ${variable} to the address of a mirror (https://www.debian.org/mirror/list).`,
    });
  }
  return `${mirror.replace(/\/+$/, '')}/${path}`;
}

/**
 * The first archive of apt whose address ends as Debian's do and that has the component `main`, which those of others
 * lack.
 */
function aptMirror(etc: string, ending: RegExp): string | undefined {
  const addresses = sourceFiles(etc).flatMap((file) => (file.endsWith('.sources') ? stanzas(file) : lines(file)));
  return addresses.map(ofMirrorList).find((address) => ending.test(address));
}

function sourceFiles(etc: string): string[] {
  const parts = join(etc, 'sources.list.d');
  const more = existsSync(parts)
    ? readdirSync(parts)
        .sort()
        .map((name) => join(parts, name))
    : [];
  return [join(etc, 'sources.list'), ...more].filter((file) => /\.(list|sources)$/.test(file) && existsSync(file));
}

/** sources.list(5), "one-line-style": `deb [options] ADDRESS SUITE COMPONENT…`. */
function lines(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+\s+(.*)$/gm)]
    .filter(([, , components = '']) => components.split(/\s+/).includes('main'))
    .map(([, address = '']) => address);
}

/** sources.list(5), "deb822-style": stanzas of fields. */
function stanzas(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split(/\n\s*\n/)
    .filter((stanza) => /^Types:.*\bdeb\b(?!-)/m.test(stanza) && /^Components:.*\bmain\b/m.test(stanza))
    .flatMap((stanza) => /^URIs:\s*(.+)$/m.exec(stanza)?.[1]?.trim().split(/\s+/) ?? []);
}

/** Debian's images for clouds write `mirror+file:PATH`; the file lists mirrors, the best first. */
function ofMirrorList(address: string): string {
  const path = /^mirror\+file:(.*)$/.exec(address)?.[1];
  if (path === undefined || !existsSync(path)) return address;
  return readFileSync(path, 'utf8').split(/\s/, 1)[0] ?? '';
}
