/** The reference pages hold everything that the source has, in tables that are not broken by what stands in them. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { errorCodes } from '../../../src/errors.ts';
import { rules } from '../../../src/graph/rules.ts';
import { findingRules } from '../../../src/preview/rules/rules.ts';
import { scratch } from '../../test/scratch.ts';
import { generatedFiles } from '../files.ts';
import { table } from './markdown.ts';
import { valuesPage } from './values.ts';

const files = await generatedFiles();

describe('generated pages', () => {
  test('every row of every table has as many cells as its head', () => {
    for (const [path, text] of Object.entries(files).filter(([name]) => name.endsWith('.md'))) {
      for (const block of text
        .trimEnd()
        .split('\n\n')
        .filter((part) => part.startsWith('|'))) {
        const widths = block.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
        assert.deepEqual([...new Set(widths)], [widths[0]], `${path}: ${block.slice(0, 200)}`);
      }
    }
  });

  test('every error code and every rule is there', () => {
    for (const code of Object.keys(errorCodes)) assert.ok(files['docs/reference/errors.md']?.includes(`| \`${code}\` |`), code);
    for (const { name } of rules) assert.ok(files['docs/reference/rules.md']?.includes(`| \`${name}\` |`), name);
  });

  test('every rule of the preview has a section with both examples', () => {
    const page = files['docs/reference/findings.md'] ?? '';
    for (const {
      meta: { id },
    } of findingRules) {
      const section = page.split(`\n## ${id}\n`)[1]?.split('\n## ')[0] ?? '';
      assert.match(section, /Finding: [\s\S]+```yaml[\s\S]+No finding: /, id);
    }
  });

  test('fields of lists are written with brackets, with their rules', () => {
    const page = files['docs/reference/clusteroperator.md'] ?? '';
    assert.match(page, /\| `spec\.components\[\]\.dependsOn` \| \[\]string \|/);
    assert.match(page, /a component cannot depend on itself/);
  });

  test('every verb of the command line has a section', () => {
    for (const verb of ['delete', 'plan', 'status', 'operator', 'version']) {
      assert.match(files['docs/reference/cli.md'] ?? '', new RegExp(`^## bookend ${verb}$`, 'm'));
    }
  });
});

test('what would break a table is escaped', () => {
  assert.equal(table(['a'], [['x|y\nz']]), '| a |\n|---|\n| x\\|y z |');
});

test('values are shown by their paths, with the comments above them', () => {
  const file = join(scratch(), 'values.yaml');
  writeFileSync(file, '# -- How many.\nreplicas: 1\n\n# Where from.\nimage:\n  # -- Which.\n  tag: ""\nnode: {}\n');
  const rows = valuesPage(file)
    .split('\n')
    .filter((line) => line.startsWith('| `'));
  assert.deepEqual(rows, [
    '| `replicas` | `1` | How many. |',
    '| `image` |  | Where from. |',
    '| `image.tag` | `""` | Which. |',
    '| `node` | `{}` |  |',
  ]);
});
