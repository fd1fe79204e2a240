/**
 * The options of a share's line: `; mode=copy; resources=cpu=50m/100m,memory=64Mi; chmod=g+rwX`. Lossless: printed
 * options are read as the same options.
 */

import { nearest } from '../objects/nearest.ts';
import { shortened } from './limits.ts';
import { parseResources, printResources } from './resources-notation.ts';
import type { Scanner } from './scanner.ts';
import type { Share } from './share.ts';

export type Options = Omit<Share, 'name' | 'from' | 'to'> & { type?: 'Directory' | 'File' };

/** Reads to the end of the line. */
export function parseOptions(scanner: Scanner): Options {
  const found = new Map<string, unknown>();
  while (!scanner.atEnd) {
    if (!scanner.take(/;/y)) throw scanner.error('expected ",", ";" or the end');
    if (scanner.atEnd) break;
    const start = scanner.position;
    const key = scanner.take(/[A-Za-z][A-Za-z-]*/y)?.[0] ?? '';
    // Its own: an option may be called `constructor`.
    const allowed = Object.hasOwn(values, key) ? values[key as keyof typeof values] : undefined;
    if (!allowed) throw scanner.error(unknown(key), start);
    if (!scanner.take(/=/y)) throw scanner.error(`expected "=" and a value after ${key}`);
    if (found.has(key)) throw scanner.error(`${key} is given twice`, start);
    found.set(key, valueIn(scanner, key, allowed));
  }
  return Object.fromEntries(found);
}

/** Each with the `; ` before it. */
export function printOptions({ from, mode, medium, sizeLimit, owners, chown, chmod, resources, onConflict }: Share): string {
  const texts = {
    mode,
    type: from?.type,
    medium,
    sizeLimit,
    owners,
    chown,
    chmod,
    resources: resources && printResources(resources),
    onConflict,
  };
  return Object.entries(texts)
    .flatMap(([key, value]) => (value === undefined ? [] : [`; ${key}=${printValue(value)}`]))
    .join('');
}

/** One of these, any text, or resources. */
type Allowed = readonly string[] | 'any' | 'resources';

const values = {
  mode: ['auto', 'scratch', 'copy', 'image'],
  type: ['Directory', 'File'],
  medium: ['Memory'],
  sizeLimit: 'any',
  owners: ['keep'],
  chown: 'any',
  chmod: 'any',
  resources: 'resources',
  onConflict: ['fail', 'last'],
} as const satisfies Record<keyof Options, Allowed>;

/** The names of all options. */
export const optionNames: readonly string[] = Object.keys(values);

function valueIn(scanner: Scanner, key: string, allowed: Allowed): unknown {
  const start = scanner.position;
  const text = scanner.quoted() ?? scanner.take(/[^\s;",]+(?:[ \t]*,[ \t]*[^\s;",]+)*/y)?.[0];
  const value = key === 'chmod' || key === 'resources' ? text?.replaceAll(/\s/g, '') : text;
  if (value === undefined) throw scanner.error(`expected a value after ${key}=`);
  if (allowed === 'any') return value;
  if (allowed === 'resources') return parseResources(value, (message) => scanner.error(message, start));
  if (allowed.includes(value)) return value;
  const near = nearest(value, allowed);
  const guess = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw scanner.error(
    `${key} cannot be "${shortened(value)}": use ${allowed.length === 1 ? '' : 'one of '}${allowed.join(', ')}${guess}`,
    start,
  );
}

function unknown(key: string): string {
  const near = nearest(key, optionNames);
  const guess = near === undefined ? '' : `; did you mean ${near}?`;
  const what = key === '' ? '' : `unknown option ${shortened(key, 63)}${guess}${guess === '' ? '; ' : ''}`;
  return guess === '' ? `${what}expected an option: ${optionNames.join(', ')}, each with = and a value` : what;
}

function printValue(value: string): string {
  return /^[^\s;",]+(?:,[^\s;",]+)*$/.test(value) ? value : JSON.stringify(value);
}

const names = ['medium', 'sizeLimit', 'owners', 'chown', 'chmod', 'resources', 'onConflict'] as const;

/** The first of them that the share has. */
export function copyOptionOf(share: Share): string | undefined {
  return optionsOnlyForCopies(share)[0];
}

export function optionsOnlyForCopies(share: Share): (typeof names)[number][] {
  return names.filter((name) => share[name] !== undefined);
}
