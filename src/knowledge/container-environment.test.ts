import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../graph/world.ts';
import { environmentOf, expandedByKubelet, expandedByShell } from './container-environment.ts';

const world = makeWorld([
  { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'shop' }, data: { KIND: 'widgets', N: '1' } },
]);

describe('the environment of a container', () => {
  test('is what its manifests and ConfigMaps say', () => {
    const container = {
      envFrom: [{ prefix: 'MY_', configMapRef: { name: 'settings' } }, { secretRef: { name: 'secret' } }],
      env: [
        { name: 'A', value: 'one' },
        { name: 'B', value: '$(A)-two $(NOBODY)' },
        { name: 'NS', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
        { name: 'KIND', valueFrom: { configMapKeyRef: { name: 'settings', key: 'KIND' } } },
        { name: 'MY_N', valueFrom: { secretKeyRef: { name: 'secret', key: 'N' } } },
        { name: 'EMPTY' },
      ],
    };
    assert.deepEqual(Object.fromEntries(environmentOf(container, 'shop', world)), {
      MY_KIND: 'widgets',
      A: 'one',
      B: 'one-two $(NOBODY)',
      NS: 'shop',
      KIND: 'widgets',
    });
    for (const broken of [undefined, 5, { env: 'x', envFrom: [null, 3] }, { env: [{}, null, { name: 1 }] }])
      assert.equal(environmentOf(broken, 'shop', world).size, 0);
  });
});

describe('a text with the values of variables', () => {
  const environment = new Map(Object.entries({ NS: 'shop', LABEL: 'app=web' }));
  const script = (text: string) => expandedByShell(text, environment);

  test('has them where the shell puts them', () => {
    assert.equal(script('kubectl get pods -n $NS -l "${LABEL}"'), 'kubectl get pods -n shop -l "app=web"');
    assert.equal(script('echo ${NS:-default} ${OTHER:-x} $NSX'), 'echo shop ${OTHER:-x} $NSX');
  });

  test('keeps what is in single quotes, escaped, or set by the script itself', () => {
    for (const text of [
      "awk '{print $NS}'",
      'echo \\$NS',
      'NS=other; kubectl get pods -n $NS',
      'export NS=$(cat ns)\necho $NS',
      'for NS in a b; do echo $NS; done',
      'cat list | while read -r NS rest; do echo $NS; done',
    ])
      assert.equal(script(text), text);
  });

  test('has what the kubelet puts into commands', () => {
    assert.equal(expandedByKubelet('--namespace=$(NS) $(OTHER)', environment), '--namespace=shop $(OTHER)');
  });

  test('takes the default of a variable that nobody sets', () => {
    const environment = new Map([['MODE', 'purge']]);
    const expanded = (script: string) => expandedByShell(script, environment, (name) => name === 'TOKEN');
    assert.equal(
      expanded('echo ${MODE:-keep} ${NS:-shop} ${SKIP-"no"} ${TOKEN:-none} $NS'),
      'echo purge shop no ${TOKEN:-none} $NS',
    );
    assert.equal(expanded('NS=$1; echo ${NS:-shop}'), 'NS=$1; echo ${NS:-shop}');
  });
});
