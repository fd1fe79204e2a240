import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readYaml } from '../../objects/yaml.ts';
import { subjectOf } from '../../reading/manifests.ts';
import { inTemplates } from './template-places.ts';

const chart = mkdtempSync(join(tmpdir(), 'bookend-chart-'));
mkdirSync(join(chart, 'templates'));
writeFileSync(
  join(chart, 'templates', 'two.yaml'),
  '# two\nkind: ConfigMap\nmetadata: {name: a}\n---\nkind: ConfigMap\n---\nkind: Secret\n',
);
writeFileSync(join(chart, 'templates', 'loop.yaml'), '{{ range $i := until 3 }}\n---\nkind: "Secret"\n{{ end }}\n');
writeFileSync(join(chart, 'templates', 'hidden.yaml'), '{{ include "x" . }}\n');

const rendered = (source: string, ...kinds: string[]) =>
  kinds
    .map(
      (kind, index) =>
        `---\n# Source: other/${source}\napiVersion: v1\nkind: ${kind}\nmetadata: {name: ${source.length}-${index}}\n`,
    )
    .join('');

async function places(text: string): Promise<(string | undefined)[]> {
  const { subject } = subjectOf(readYaml(text, 'helm template x'), { from: 'chart', name: 'x', namespace: 'default' });
  const { objects } = await inTemplates(subject, chart);
  return objects.map(({ origin }) => `${origin?.file?.replace(`${chart}/`, '')}:${origin?.line}`);
}

describe('objects of a chart', () => {
  test('are found in their template by the lines that name their kind', async () => {
    assert.deepEqual(await places(rendered('templates/two.yaml', 'ConfigMap', 'ConfigMap', 'Secret')), [
      'templates/two.yaml:2',
      'templates/two.yaml:5',
      'templates/two.yaml:7',
    ]);
  });

  test('of a loop all have its one line', async () => {
    assert.deepEqual(await places(rendered('templates/loop.yaml', 'Secret', 'Secret')), [
      'templates/loop.yaml:3',
      'templates/loop.yaml:3',
    ]);
  });

  test('have no line rather than a wrong one', async () => {
    assert.deepEqual(await places(rendered('templates/hidden.yaml', 'Secret')), ['templates/hidden.yaml:undefined']);
    assert.deepEqual(await places(rendered('templates/two.yaml', 'ConfigMap')), ['templates/two.yaml:undefined']);
  });

  test('whose template is not there stay where Helm printed them', async () => {
    assert.deepEqual(await places(rendered('templates/absent.yaml', 'Secret')), ['helm template x:3']);
  });
});
