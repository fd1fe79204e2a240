import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { repository } from './bundle.ts';
import { narrowed } from './narrow-packages.ts';

const load = createRequire(import.meta.url);

describe('a narrowed package', () => {
  for (const [name, { exports, setUp }] of Object.entries(narrowed)) {
    test(`${name} has everything that the sources import from it`, () => {
      const imported = globSync('src/**/*.ts', { cwd: repository }).flatMap((path) => importsFrom(name, join(repository, path)));
      assert.ok(imported.length > 0);
      for (const each of imported)
        assert.ok(each in exports, `${each} is imported from ${name}, and missing in tools/image/narrow-packages.ts`);
    });

    test(`${name} exports what its index exports`, () => {
      const whole = load(name) as Record<string, unknown>;
      for (const [each, module] of Object.entries(exports)) assert.equal(load(module), whole[each]);
    });

    test(`${name} does what its index does besides`, () => {
      const { main = 'index.js' } = load(`${name}/package.json`) as { main?: string };
      const index = readFileSync(load.resolve(`${name}/${main}`), 'utf8');
      const besides = index.match(/^Object\.assign\(.*$/gm) ?? [];
      assert.equal(besides.length, setUp.split(';').filter((statement) => statement !== '').length, besides.join('\n'));
    });
  }
});

/** The values that a file imports; types are gone when the program runs. */
function importsFrom(name: string, path: string): string[] {
  const [, list = ''] = new RegExp(`^import \\{([^}]*)\\} from '${name}';`, 'm').exec(readFileSync(path, 'utf8')) ?? [];
  return list
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.startsWith('type '));
}
