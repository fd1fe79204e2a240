import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../graph/world.ts';
import { kubectlCalls, scriptsOf } from './shell.ts';

const call = (script: string) => {
  const [{ verb, types, names, namespace, hidesRefusal, mayFail } = none] = kubectlCalls(script);
  return {
    verb,
    types,
    names,
    ...(namespace !== undefined && { namespace }),
    ...(hidesRefusal && { hidesRefusal }),
    ...(mayFail && { mayFail }),
  };
};
const none = { verb: '', types: [], names: [], namespace: undefined, hidesRefusal: false, mayFail: false };

describe('the kubectl calls of a script', () => {
  test('are read with their kinds, names and namespaces', () => {
    assert.deepEqual(call('kubectl delete crd a.example.com b.example.com'), {
      verb: 'delete',
      types: ['crd'],
      names: ['a.example.com', 'b.example.com'],
    });
    assert.deepEqual(call('/usr/bin/kubectl -n shop delete deploy/web'), {
      verb: 'delete',
      types: ['deploy'],
      names: ['web'],
      namespace: 'shop',
    });
    assert.deepEqual(call('kubectl get pods,services -A -o name'), {
      verb: 'get',
      types: ['pods', 'services'],
      names: [],
      namespace: '*',
    });
    assert.deepEqual(call('kubectl delete widgets --all --namespace=$NS'), {
      verb: 'delete',
      types: ['widgets'],
      names: [],
      namespace: '?',
    });
    assert.deepEqual(call('kubectl delete \\\n  widgets -l "a=b, c"'), { verb: 'delete', types: ['widgets'], names: [] });
    assert.deepEqual(call('kubectl rollout status deploy/web'), { verb: 'rollout status', types: ['deploy'], names: ['web'] });
  });

  test('are all found: several on a line, in substitutions and conditions', () => {
    const verbs = (script: string) => kubectlCalls(script).map(({ verb, types }) => `${verb} ${types.join()}`);
    assert.deepEqual(verbs('kubectl delete crd a; kubectl delete crd b && kubectl get ns'), [
      'delete crd',
      'delete crd',
      'get ns',
    ]);
    assert.deepEqual(verbs('if [ -z "$(kubectl get ns)" ]; then kubectl delete pv x; fi'), ['get ns', 'delete pv']);
    assert.deepEqual(verbs('# kubectl delete ns a\necho kubectlish'), []);
  });

  test('that are hidden behind a variable have no kind', () => assert.deepEqual(call('kubectl delete $KIND x').types, []));

  test('hide a refusal when their errors are thrown away and their output is counted or tested', () => {
    const hides = (script: string) => kubectlCalls(script).some(({ hidesRefusal }) => hidesRefusal);
    assert.ok(hides('kubectl get widgets 2>/dev/null | wc -l'));
    assert.ok(hides('while [ "$(kubectl get widgets -A 2>/dev/null | wc -l)" -gt 0 ]; do sleep 1; done'));
    assert.ok(hides('if kubectl get crd widgets.example.com &>/dev/null; then echo there; fi'));
    assert.ok(!hides('kubectl get widgets | wc -l'));
    assert.ok(!hides('kubectl delete widgets --all 2>/dev/null'));
  });

  test('may fail where the script goes on', () => {
    assert.equal(call('kubectl delete ns a || true').mayFail, true);
    assert.equal(call('kubectl delete ns a || exit 1').mayFail, undefined);
  });
});

describe('the scripts of a Pod', () => {
  const world = makeWorld([
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'scripts', namespace: 'shop' },
      data: { 'clean.sh': 'kubectl delete ns a', 'other.sh': 'x' },
    },
  ]);
  const texts = (podSpec: Record<string, unknown>) =>
    scriptsOf(podSpec, 'spec', 'shop', world).map(({ text, field }) => `${field}: ${text}`);

  test('are what stands behind sh -c, or the command line', () => {
    assert.deepEqual(texts({ containers: [{ command: ['/bin/sh', '-ec', 'kubectl get ns'] }] }), [
      'spec.containers[0].command: kubectl get ns',
    ]);
    assert.deepEqual(texts({ containers: [{ command: ['kubectl'], args: ['delete', 'ns', 'a b'] }] }), [
      "spec.containers[0].command: kubectl delete ns 'a b'",
    ]);
  });

  test('begin with kubectl where the image is made for it', () =>
    assert.deepEqual(texts({ containers: [{ image: 'bitnami/kubectl:1.31', args: ['delete', 'ns', 'a'] }] }), [
      'spec.containers[0].args: kubectl delete ns a',
    ]));

  test('come from a mounted ConfigMap that the command names', () => {
    const podSpec = {
      containers: [{ command: ['sh', '/scripts/clean.sh'] }],
      volumes: [{ name: 'v', configMap: { name: 'scripts' } }],
    };
    assert.deepEqual(texts(podSpec), [
      'spec.containers[0].command: sh /scripts/clean.sh',
      'spec.volumes[0].configMap: kubectl delete ns a',
    ]);
  });
});
