/** The hook for a chart of others: its strict schema refuses values that it does not know, the umbrella has them. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Preview } from '../../src/preview/document.ts';
import { printedBy } from '../../tools/lab/command-line.ts';
import { at, helms, theOnly, useCharts } from './helm.ts';

const umbrella = 'examples/umbrella';

describe('The umbrella chart of the examples', () => {
  const charts = useCharts();

  for (const helm of helms) {
    test(`with ${helm}: adds the hook to a chart that refuses unknown values`, async () => {
      const objects = await charts.render(umbrella, {}, { helm });
      const hook = objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] === 'pre-delete');
      const args = at(theOnly(hook, 'Job'), 'spec.template.spec.containers.0.args') as string[];
      assert.deepEqual(JSON.parse(args[args.indexOf('--targets') + 1] ?? ''), [{ kind: '*.vendor.example.com' }]);
      const definitions = objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
      assert.deepEqual(definitions.map(({ metadata }) => metadata.name).sort(), [
        'backups.vendor.example.com',
        'databases.vendor.example.com',
      ]);
      const inside = await charts.refusal(umbrella, { 'vendor-operator': { bookend: { delete: [] } } }, helm);
      assert.match(inside, /additional properties 'bookend' not allowed|Additional property bookend is not allowed/);
    });
  }

  test('ends well: the hook deletes every kind of the group before the operator goes', () => {
    const { findings } = JSON.parse(printedBy(charts.lab, ['lint', umbrella, '-o', 'json'])) as Preview;
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'note').map(({ rule }) => rule),
      [],
    );
  });
});
