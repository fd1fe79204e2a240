import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { deployment, documents } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const rule = '{apiGroups: [apps], resources: [deployments], verbs: [get, list, delete]}';

async function title(script: string): Promise<string> {
  const { findings } = await preview(chart(documents(deployment('web'), hookOfExample({ script, rule }))), helm4, {
    beside: 'never',
  });
  return findings.find(({ rule: id }) => id === 'hook-lacks-rights')?.title ?? '';
}

async function consequence(script: string, event = 'pre-delete'): Promise<string> {
  const hook = hookOfExample({ script, rule }).replaceAll('hook: pre-delete', `hook: ${event}`);
  const { findings } = await preview(chart(documents(deployment('web'), hook)), helm4, { beside: 'never' });
  return findings.find(({ rule: id }) => id === 'hook-lacks-rights')?.consequence ?? '';
}

describe('a hook that may not do what it tries', () => {
  test('acts too early where the wait before it is refused in silence', async () => {
    const wait = 'until [ "$(kubectl get replicasets -n shop 2>/dev/null | wc -l)" -eq 0 ]; do sleep 1; done';
    assert.match(
      await consequence(`${wait}; kubectl delete deployment other --ignore-not-found`),
      /So it does not wait, and `kubectl delete deployment other --ignore-not-found` may run too early/,
    );
    assert.match(await consequence(wait), /succeeds without cleaning up/);
  });

  test('ends the uninstall before or after the release is deleted, as its event is', async () => {
    const script = 'kubectl delete secret token';
    assert.match(await consequence(script), /Helm stops the uninstall before it deletes the release/);
    assert.match(await consequence(script, 'post-delete'), /the objects of the release are deleted by then/);
  });

  test('needs what a command asks for that names no kind', async () => {
    for (const [script, expected] of [
      ['kubectl drain -l pool=web --ignore-daemonsets', /may not .*patch nodes.*create pods\/eviction/],
      ['kubectl cordon one', /may not patch nodes/],
      ['kubectl exec web-0 -- rm -rf /data', /may not create pods\/exec in shop/],
      ['kubectl create job --from=cronjob/backup last', /may not create jobs\.batch in shop/],
      ['kubectl rollout restart deploy/web', /may not patch deployments\.apps in shop/],
      ['kubectl rollout status deploy/web', /^$/],
    ] as const)
      assert.match(await title(script), expected, script);
  });
});
