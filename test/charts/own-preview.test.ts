/**
 * Uninstalling Bookend, and what it gives as an example, passes Bookend's own preview; the chart that is there to fail
 * does not.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preview } from '../../src/preview/document.ts';
import { bookend } from '../../tools/lab/command-line.ts';
import { helms, useCharts } from './helm.ts';

describe('Our own charts in the preview', () => {
  const charts = useCharts();

  for (const helm of helms) {
    for (const chart of ['charts/bookend', 'examples/own-operator', 'examples/node-agent/bookend']) {
      test(`${chart} has no error and no warning when ${helm} uninstalls it`, () => {
        const flags = ['-n', 'own', '--with', helm, '--fail-on', 'warning'];
        const { status, stdout, stderr } = bookend(charts.lab, ['lint', chart, ...flags], { helm });
        assert.equal(status, 0, `${stdout}${stderr}`);
      });
    }
  }

  test('examples/node-agent/naive is warned of: the account goes before the Pods that its operator made', () => {
    const args = 'lint examples/node-agent/naive -n own -o json --fail-on warning'.split(' ');
    const { status, stdout } = bookend(charts.lab, args);
    assert.equal(status, 1);
    const { findings } = JSON.parse(stdout) as Preview;
    assert.ok(findings.some(({ rule, severity }) => rule === 'permissions-before-pods' && severity === 'warning'));
    assert.ok(findings.some(({ rule }) => rule === 'custom-resources-unserved'));
  });
});
