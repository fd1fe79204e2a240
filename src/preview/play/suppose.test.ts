import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { accountOfAgent, managerChart, operatorChart } from '../testing/charts.ts';
import { leftIn, played, stepsOf } from '../testing/plays.ts';
import { chart, manifests } from '../testing/subjects.ts';
import { supposeInstalled } from './suppose.ts';

describe('what must be there for a chart to be installed', () => {
  const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: apps}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      priorityClassName: high
      runtimeClassName: kata
      nodeSelector: {kubernetes.io/os: linux, disk: fast}
      volumes:
        - {name: a, secret: {secretName: tls}}
        - {name: b, configMap: {name: maybe, optional: true}}
        - {name: c, persistentVolumeClaim: {claimName: data}}
        - {name: d, projected: {sources: [{configMap: {name: root}}]}}
      containers:
        - {name: web, image: example/web, envFrom: [{secretRef: {name: keys}}], env: [{name: A, valueFrom: {configMapKeyRef: {name: env, key: a}}}]}
`;

  test('is everything that its Pods cannot start without, and said', () => {
    const { objects, inWords } = supposeInstalled(
      manifests(workload).map(({ object }) => object),
      'shop',
    );
    assert.deepEqual(objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(), [
      'ConfigMap env',
      'ConfigMap root',
      'Namespace apps',
      'Namespace shop',
      'Node node-disk-fast',
      'PersistentVolumeClaim data',
      'PriorityClass high',
      'RuntimeClass kata',
      'Secret keys',
      'Secret tls',
      'ServiceAccount web',
    ]);
    assert.ok(inWords.includes('Secret apps/tls exists: Deployment apps/web refers to it'));
  });

  test('lets the Pods run, so that there is something to uninstall', async () => {
    const result = await played(chart(workload));
    assert.equal(result.pods.length, 1);
    assert.deepEqual(stepsOf(result), ['delete deleted Deployment.apps/apps/web']);
  });
});

describe('custom resources that nobody has seen', () => {
  const definition = operatorChart.slice(0, operatorChart.indexOf('---'));
  const withoutWidget = `${definition}${managerChart}`;

  test('are supposed where rights say that a controller of the chart holds them, and make nothing hang', async () => {
    const result = await played(chart(withoutWidget));
    assert.deepEqual(result.supposedObjects, ['Widget.example.com/shop/supposed', 'DaemonSet.apps/shop/supposed-supposed']);
    assert.ok(leftIn(result).includes('stuck Widget.example.com/shop/supposed'));
    assert.equal(result.outcome, 'succeeded');
  });

  test('let a tool that would wait for them return when all else has settled', async () => {
    const { outcome, returnedMs, settledMs } = await played(chart(withoutWidget), { tool: 'kubectl' });
    assert.equal(outcome, 'succeeded');
    assert.ok(returnedMs <= settledMs, `it returns after ${returnedMs} ms, all is settled after ${settledMs} ms`);
  });

  test('are not where the controller may not write them', async () => {
    const reader = withoutWidget
      .replace("verbs: ['*']", 'verbs: [get, list, watch]')
      .replace(/ {2}- \{apiGroups: \[apps\].*\n/, '');
    const result = await played(chart(reader));
    assert.deepEqual([result.supposedObjects, result.outcome, leftIn(result)], [undefined, 'succeeded', []]);
  });

  test('are not where there are others of the kind', async () => {
    const result = await played(chart(operatorChart));
    assert.ok(!result.supposedObjects?.includes('Widget.example.com/shop/supposed' as never));
  });

  test('have children that run as the account that nobody in the chart uses', async () => {
    const unheld = operatorChart.replace(', finalizers: [example.com/cleanup]', '');
    const result = await played(chart(unheld + accountOfAgent));
    const pod = result.pods.find(({ of }) => of === 'Widget.example.com/shop/one');
    assert.deepEqual([pod?.account, pod?.preStop?.calls, pod?.preStop?.outcome], ['shop/agent', 'possible', 'failed']);
    assert.ok(
      result.supposed.includes(
        'DaemonSet shop/one-supposed exists: the controller of Widget may make such, running as ServiceAccount agent, which no workload here uses',
      ),
    );
    assert.deepEqual(leftIn(result), [], 'what such a hook leaves is no fact');
  });
});

test('what only supposed objects hold is marked, and nothing else', async () => {
  const definition = operatorChart.slice(0, operatorChart.indexOf('---'));
  const { left } = await played(chart(`${definition}${managerChart}`));
  assert.deepEqual(
    left.map(({ id, supposed }) => [id, supposed]),
    [
      ['CustomResourceDefinition.apiextensions.k8s.io/widgets.example.com', true],
      ['Widget.example.com/shop/supposed', true],
    ],
  );
  const seen = await played(chart(operatorChart));
  assert.ok(seen.left.length > 0 && seen.left.every(({ supposed }) => supposed === undefined));
});
