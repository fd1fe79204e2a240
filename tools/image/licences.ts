/**
 * Collects the licences of the packages in a bundle: MIT, BSD and Apache all ask that their text goes along with the
 * code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * One text with the name, version and licence of every package that a bundled file came from, sorted by name.
 * @param inputs The bundled files, relative to `root`.
 */
export function licencesOf(root: string, inputs: string[]): string {
  const packages = new Set(inputs.flatMap((input) => input.match(/^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/)?.[0] ?? []));
  const sections = [...packages].map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as Record<
      string,
      unknown
    >;
    const title = `${name} ${version}${typeof license === 'string' ? ` (${license})` : ''}`;
    const texts = readdirSync(join(root, path))
      .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
      .sort()
      .map((file) => readFileSync(join(root, path, file), 'utf8').trim());
    return [title, '-'.repeat(title.length), ...texts, ''].join('\n');
  });
  return sections.sort().join('\n');
}
