/**
 * The default name of a share, made from its source: the same line always gets the same name, another directory another
 * one.
 */
import { longestShareName } from './names.ts';
import type { Share } from './share.ts';
import { segmentsOf } from './spec.ts';

/** `app-srv-www` for `app:/srv/www`; too long ones are cut, and end in a checksum. */
export function defaultName({ from, to }: Pick<Share, 'from' | 'to'>): string {
  const [first] = to;
  const owner = from ? ('image' in from ? repositoryOf(from.image) : from.container) : (first?.container ?? '');
  const whole = `${from && 'image' in from ? from.image : owner} ${from?.path ?? first?.path ?? ''}`;
  const parts = [owner, ...segmentsOf(from?.path ?? first?.path ?? '')];
  const name = parts
    .map((part) =>
      part
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^-+|-+$/g, ''),
    )
    .filter(Boolean)
    .join('-');
  // `/a-b` and `/a/b`, or two tags of an image, are not the same; the checksum tells names apart that would otherwise
  // be equal.
  const isPlain = !(from && 'image' in from) && parts.every((part) => /^[a-z0-9]+$/.test(part));
  if (isPlain && name.length <= longestShareName) return name;
  return `${name.slice(0, longestShareName - 8).replace(/-+$/, '') || 'share'}-${checksum(whole)}`;
}

/** `assets` for `registry.example.com:5000/team/assets:1@sha256:…`. */
function repositoryOf(reference: string): string {
  return (reference.split('/').at(-1) ?? '').replace(/[:@].*$/, '');
}

/** FNV-1a over UTF-16 code units, seven letters and digits of it: for names, not for secrets. */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, '0');
}
