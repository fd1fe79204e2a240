/**
 * A share in one line, for the command line and for annotations: `app:/srv/www -> nginx:/usr/share/nginx/html:ro`.
 * Lossless: what is printed is read as the same share again.
 *
 *     [NAME =] [SOURCE ->] CONTAINER:PATH[:ro|:rw], … [; mode=MODE] [; type=File|Directory] [; medium=Memory] [;
 *     sizeLimit=64Mi] [; owners=keep] [; chown=UID:GID] [; chmod=MODE] [; resources=none|cpu=50m/100m,memory=64Mi] [;
 *     onConflict=fail|last]
 *
 * SOURCE is `CONTAINER:PATH` or `image(REFERENCE):PATH`. A path with a space or one of `, ; : " ( )` or `->` in it
 * stands in quotes, as in JSON.
 */
import { defaultName } from './default-name.ts';
import { shortened } from './limits.ts';
import { missingArrow } from './missing-arrow.ts';
import { parseOptions, printOptions } from './options.ts';
import { Scanner } from './scanner.ts';
import type { Consumer, Share, Source } from './share.ts';

/**
 * @param name of the share where the line names none; absent: made of source and path, `app-srv-www`
 * @throws BookendError `bad-input`, with the place in the line
 */
export function parseShare(line: string, name?: string): Share {
  const scanner = new Scanner(line);
  const guess = missingArrow(line);
  if (guess !== undefined) throw scanner.error(guess, 0);
  const given = scanner.take(/([a-z0-9][-a-z0-9]*)\s*=(?!=)/y)?.[1];
  if (given !== undefined && name !== undefined && given !== name) {
    throw scanner.error(
      `has the name ${shortened(given)} here, and ${name} in the annotation or flag: leave out the name here`,
      0,
    );
  }
  const first = place(scanner, true);
  const isSource = scanner.take(/->/y) !== undefined;
  if (!isSource && 'image' in first) throw scanner.error('expected "->" and a container after an image');
  const to: Consumer[] = [isSource ? consumer(scanner) : withAccess(scanner, first as { container: string; path: string })];
  while (scanner.take(/,/y)) to.push(consumer(scanner));
  const { type, ...options } = parseOptions(scanner);
  if (type && !isSource) throw scanner.error('type needs a source, and this share has none', 0);
  const from: Source | undefined = isSource ? { ...first, ...(type && { type }) } : undefined;
  const share = { ...(from && { from }), to, ...options };
  return { name: given ?? name ?? defaultName(share), ...share };
}

/**
 * @param withName whether the line begins with the share's name; annotations have it in their key
 */
export function printShare(share: Share, withName = true): string {
  const { name, from, to } = share;
  const source = from && `${'image' in from ? `image(${from.image})` : from.container}:${printPath(from.path)} -> `;
  const consumers = to.map(({ container, path, readOnly }) => {
    return `${container}:${printPath(path)}${readOnly === undefined ? '' : readOnly ? ':ro' : ':rw'}`;
  });
  return `${withName ? `${name} = ` : ''}${source ?? ''}${consumers.join(', ')}${printOptions(share)}`;
}

/** A place with a container, or with an image where `mayBeImage`. */
function place(scanner: Scanner, mayBeImage: boolean): { container: string; path: string } | { image: string; path: string } {
  const image = mayBeImage ? scanner.take(/image\(\s*([^()\s]+)\s*\)/y)?.[1] : undefined;
  if (image !== undefined) return { image, path: pathOf(scanner, `image(${image})`) };
  const container = scanner.take(/[A-Za-z0-9][-A-Za-z0-9_.]*/y)?.[0];
  if (container === undefined) {
    throw scanner.error(
      mayBeImage ? 'expected a container name or an image, such as image(example.com/app:1)' : 'expected a container name',
    );
  }
  return { container, path: pathOf(scanner, container) };
}

function consumer(scanner: Scanner): Consumer {
  return withAccess(scanner, place(scanner, false) as { container: string; path: string });
}

function withAccess(scanner: Scanner, { container, path }: { container: string; path: string }): Consumer {
  const access = scanner.take(/:\s*(ro|rw)(?![-\w])/y)?.[1];
  if (access === undefined && scanner.take(/:/y)) throw scanner.error('expected "ro" or "rw" after the second ":"');
  return { container, path, ...(access !== undefined && { readOnly: access === 'ro' }) };
}

function pathOf(scanner: Scanner, owner: string): string {
  if (!scanner.take(/:/y)) throw scanner.error(`expected ":" and a path after ${shortened(owner, 63)}`);
  const quoted = scanner.quoted();
  if (quoted !== undefined) return quoted;
  const path = scanner.take(barePath)?.[0];
  if (path === undefined) throw scanner.error(`expected a path after ${shortened(owner, 63)}:`);
  return path;
}

const barePath = /(?:(?!->)[^\s,;:"()])+/y;

function printPath(path: string): string {
  barePath.lastIndex = 0;
  return barePath.exec(path)?.[0] === path ? path : JSON.stringify(path);
}
