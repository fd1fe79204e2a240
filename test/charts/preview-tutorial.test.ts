/**
 * The README and the tutorials, as their readers go through them: each command prints the output that the page shows.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Preview } from '../../src/preview/document.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import { root } from '../../tools/lab/lab.ts';
import { useCharts } from './helm.ts';
import { commandsOf, pagesWithOutputs, withOutputs } from './shown-outputs.ts';

describe('The tutorial of the preview', () => {
  const charts = useCharts();

  for (const file of pagesWithOutputs) {
    test(`${file} shows what its commands print; node test/charts/shown-outputs.ts --write writes it`, () => {
      const page = readFileSync(join(root, file), 'utf8');
      assert.ok(commandsOf(page).length > 0);
      const found = withOutputs(page, (args) => bookend(charts.lab, args).stdout);
      assert.equal(found, page);
    });
  }

  test('the faulty chart has the three faults, the mended one none', () => {
    const look = (chart: string, ...flags: string[]) =>
      bookend(charts.lab, ['preview', `examples/preview-tutorial/${chart}`, '-n', 'shop', ...flags]);
    const rulesOf = (...flags: string[]) => {
      const { findings } = JSON.parse(look('faulty', '-o', 'json', ...flags).stdout) as Preview;
      return findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
    };
    assert.deepEqual(rulesOf(), ['hook-lacks-rights']);
    assert.deepEqual(rulesOf('--no-hooks'), ['permissions-before-pods', 'webhook-blocks']);
    assert.equal(look('mended', '--fail-on', 'note').status, 0);
    assert.equal(look('faulty').status, 1);
  });
});
