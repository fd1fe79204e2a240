/**
 * Helm's post-renderer as a process, the way both Helms call it. With the Helms themselves:
 * test/e2e/share-cli.e2e.ts.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { version } from '../build.ts';

const plugin = join(import.meta.dirname, '../../../plugins/helm-share');
const pod = 'apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - name: app\n      image: app:1\n';

/** What it says goes to nobody: a test has no terminal. */
function postRender(input: string, ...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; out: string; err: string }>();
  const env = { ...process.env, PATH: `${join(process.execPath, '..')}:${process.env.PATH}` };
  const child = execFile(join(plugin, 'post-render'), args, { env }, (error, out, err) =>
    resolve({ code: error ? error.code : 0, out, err }),
  );
  child.stdin?.end(input);
  return promise;
}

describe('The post-renderer', () => {
  test('applies the shares of its arguments', async () => {
    const { code, out, err } = await postRender(pod, 'cache = app:/cache', '--size-limit', '1Mi');
    assert.deepEqual([code, err], [0, 'Pod web (standard input:1): added share cache (scratch)\n']);
    assert.match(out, /\n {2}volumes:\n {4}- name: bookend-share-cache\n {6}emptyDir:\n {8}sizeLimit: 1Mi\n$/);
  });

  test('leaves a chart that asks for nothing as it is', async () => {
    assert.deepEqual(await postRender(pod), { code: 0, out: pod, err: '' });
  });

  test('prints nothing when it fails, says why, and ends with the code of the error', async () => {
    const { code, out, err } = await postRender(pod, 'cache = other:/cache');
    assert.deepEqual([code, out], [2, '']);
    assert.match(err, /no workload has the container other/);
  });

  test('is a plugin of Helm 4, of this version', () => {
    const manifest: unknown = parse(readFileSync(join(plugin, 'plugin.yaml'), 'utf8'));
    assert.deepEqual(manifest, {
      apiVersion: 'v1',
      type: 'postrenderer/v1',
      name: 'bookend-share',
      version,
      runtime: 'subprocess',
      runtimeConfig: { platformCommand: [{ command: `\${HELM_PLUGIN_DIR}/post-render` }] },
    });
  });
});
