import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';
import { account, deployment, documents, widgetCrd } from './examples.ts';
import { hookOfExample } from './hook-examples.ts';

const operator = documents(
  account('widget-operator', '{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, update, patch]}'),
  deployment('widget-operator', 'serviceAccountName: widget-operator'),
);
const verbs = (list: string) => `{apiGroups: [example.com], resources: [widgets], verbs: [${list}]}`;

async function found(rule: string) {
  const subject = chart(documents(widgetCrd(), operator, hookOfExample({ rule })));
  const { findings } = await preview(subject, helm4, { beside: 'never' });
  return findings.find((each) => each.rule === 'hook-does-not-wait');
}

describe('a hook whose account may not get what it deletes', () => {
  test('does not wait: kubectl ends without an error where it may not look', async () => {
    const finding = await found(verbs('list, delete'));
    assert.match(finding?.evidence[0]?.says ?? '', /ServiceAccount shop\/cleanup may not get what it deletes/);
    const [remedy] = finding?.remedies ?? [];
    assert.deepEqual(remedy?.steps, [
      {
        do: 'change',
        object: 'ClusterRole.rbac.authorization.k8s.io/cleanup',
        set: [{ path: ['rules', 1], value: { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] } }],
      },
    ]);
    assert.deepEqual(remedy.played, { result: 'cures' });
  });

  test('waits all the same where it says so later', async () => {
    const race = async (script: string) => {
      const subject = chart(documents(widgetCrd(), operator, hookOfExample({ script })));
      const { findings } = await preview(subject, helm4, { beside: 'never' });
      return findings.some(({ rule }) => rule === 'hook-does-not-wait');
    };
    const wait = '; kubectl wait --for=delete widgets --all -A --timeout=60s';
    assert.ok(await race('kubectl delete widgets --all -A --wait=false'));
    assert.ok(!(await race(`kubectl delete widgets --all -A --wait=false${wait}`)));
    assert.ok(await race(`kubectl delete widgets --all -A --wait=false${wait.replace('widgets', 'pods')}`));
  });

  test('does not wait for what its script leaves in the background', async () => {
    const race = async (script: string) => {
      const subject = chart(documents(widgetCrd(), operator, hookOfExample({ script })));
      const { findings } = await preview(subject, helm4, { beside: 'never' });
      return findings.some(({ rule }) => rule === 'hook-does-not-wait');
    };
    const inBackground = 'kubectl delete widgets --all -A --timeout=60s &';
    assert.ok(await race(`${inBackground} echo started`));
    assert.ok(!(await race(`${inBackground} wait`)));
    assert.ok(!(await race(`${inBackground} kubectl wait --for=delete widgets --all -A --timeout=60s`)));
  });

  test('waits where it may, also without a watch: kubectl then lists again', async () => {
    assert.equal(await found(verbs('get, list, delete')), undefined);
  });
});
