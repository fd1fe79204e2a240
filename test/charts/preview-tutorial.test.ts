/** The tutorial of the preview, as its readers go through it: every command of docs/tutorial/preview.md, and that of the README, prints what stands there. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Preview } from '../../src/preview/model.ts';
import { root } from '../../tools/lab/lab.ts';
import { bookend } from './command-line.ts';
import { useCharts } from './helm.ts';

const page = ['docs/tutorial/preview.md', 'README.md'].map((file) => readFileSync(join(root, file), 'utf8')).join('\n');
const steps = [...page.matchAll(/```sh\nnode bin\/bookend\.js (.*)\n```\n\n```text\n([\s\S]*?)```/g)].map(
  ([, command = '', output = '']) => ({
    command,
    output,
  }),
);

describe('The tutorial of the preview', () => {
  const charts = useCharts();

  test('has its steps', () => assert.equal(steps.length, 5));

  for (const [index, { command, output }] of steps.entries()) {
    test(`step ${index + 1} prints what stands there: ${command}`, () => {
      const { stdout, stderr } = bookend(charts.lab, command.split(' '));
      let from = 0;
      for (const part of output.split(/^…\n/m).filter((each) => each.trim() !== '')) {
        const at = stdout.indexOf(part.trimEnd(), from);
        assert.ok(at >= 0, `not in the output:\n${part}\nThe output:\n${stdout}${stderr}`);
        from = at;
      }
    });
  }

  test('the faulty chart has the three faults, the mended one none', () => {
    const rulesOf = (chart: string, ...flags: string[]) => {
      const { stdout } = bookend(charts.lab, [
        'preview',
        `examples/preview-tutorial/${chart}`,
        '-n',
        'shop',
        '-o',
        'json',
        ...flags,
      ]);
      const { findings } = JSON.parse(stdout) as Preview;
      return findings.filter(({ severity }) => severity === 'error').map(({ rule }) => rule);
    };
    assert.deepEqual(rulesOf('faulty'), ['hook-lacks-rights']);
    assert.deepEqual(rulesOf('faulty', '--no-hooks'), ['permissions-before-pods', 'webhook-blocks']);
    assert.equal(bookend(charts.lab, ['lint', 'examples/preview-tutorial/mended', '-n', 'shop', '--fail-on', 'note']).status, 0);
    assert.equal(bookend(charts.lab, ['lint', 'examples/preview-tutorial/faulty', '-n', 'shop']).status, 1);
  });
});
