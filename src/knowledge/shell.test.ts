import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeWorld } from '../graph/world.ts';
import { scriptsOf } from './shell.ts';

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

  test('come from a ConfigMap whose file has another name than its key, or lies among others', () => {
    const clean = 'kubectl delete ns a';
    const items = [{ key: 'clean.sh', path: 'run/go.sh' }];
    const volumes = (source: object) => [{ name: 'v', ...source }];
    const run = (path: string, mount: object = { mountPath: '/opt' }) => ({
      containers: [{ command: ['sh', path], volumeMounts: [{ name: 'v', ...mount }] }],
    });
    const only = (podSpec: Record<string, unknown>) => texts(podSpec).slice(1);
    assert.deepEqual(only({ ...run('/opt/run/go.sh'), volumes: volumes({ configMap: { name: 'scripts', items } }) }), [
      `spec.volumes[0].configMap: ${clean}`,
    ]);
    assert.deepEqual(only({ ...run('/opt/clean.sh'), volumes: volumes({ configMap: { name: 'scripts', items } }) }), []);
    assert.deepEqual(
      only({
        ...run('/bin/tidy', { mountPath: '/bin/tidy', subPath: 'clean.sh' }),
        volumes: volumes({ configMap: { name: 'scripts' } }),
      }),
      [`spec.volumes[0].configMap: ${clean}`],
    );
    assert.deepEqual(
      only({ ...run('/opt/clean.sh'), volumes: volumes({ projected: { sources: [{ configMap: { name: 'scripts' } }] } }) }),
      [`spec.volumes[0].projected.sources[0].configMap: ${clean}`],
    );
  });

  test('do not come from a file whose name is only a part of another', () => {
    const podSpec = {
      containers: [{ command: ['rm', '-f', '/run/clean.sh.sock'] }],
      volumes: [{ name: 'v', configMap: { name: 'scripts' } }],
    };
    assert.deepEqual(texts(podSpec), ['spec.containers[0].command: rm -f /run/clean.sh.sock']);
  });
});
