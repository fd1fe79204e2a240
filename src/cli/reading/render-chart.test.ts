import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { isCode } from '../../errors.ts';
import { renderChart } from './render-chart.ts';

const request = { chart: './agent', release: 'agent', namespace: 'shop', flags: ['--set', 'a=b'] };

/** A directory with a stand-in for Helm. */
function path(name: string, script: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'bookend-helm-'));
  writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, name), 0o755);
  return directory;
}

describe('rendering a chart', () => {
  test('is left to the Helm on the PATH, with the flags of the person', async () => {
    const PATH = path('helm', 'echo "asked: $*"');
    assert.deepEqual(await renderChart(request, { environment: { PATH } }), {
      text: 'asked: template agent ./agent --namespace shop --include-crds --api-versions apiregistration.k8s.io/v1 --api-versions apiregistration.k8s.io/v1/APIService --set a=b\n',
      helm: 'helm',
    });
  });

  test('without a Helm says so, and what to do', async () => {
    const PATH = path('other', 'true');
    await assert.rejects(
      renderChart(request, { environment: { PATH } }),
      (error) => isCode(error, 'unsupported') && /no helm on the PATH/.test(error.message),
    );
  });

  test('that Helm refuses fails with Helm’s words', async () => {
    const PATH = path('helm3', 'echo "Error: values do not meet the schema" >&2; exit 1');
    await assert.rejects(
      renderChart(request, { environment: { PATH } }),
      (error) => isCode(error, 'bad-input') && error.message === 'helm3 template agent ./agent: values do not meet the schema',
    );
  });

  test('that does not end is given up', async () => {
    const PATH = path('helm', 'exec /bin/sleep 60');
    await assert.rejects(renderChart(request, { environment: { PATH }, timeoutMs: 50 }), (error) => isCode(error, 'timeout'));
  });
});
