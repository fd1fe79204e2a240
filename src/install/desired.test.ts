import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BookendError } from '../errors.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { desiredOf } from './desired.ts';
import type { ShareSurroundings } from './shares.ts';

type Components = ClusterOperator['spec']['components'];
const resource = (components: unknown[], namespace?: string): ClusterOperator => ({
  apiVersion: 'bookend.dev/v1alpha1',
  kind: 'ClusterOperator',
  metadata: { name: 'one' },
  spec: { ...(namespace && { namespace }), components: components as Components },
});
const configMap = (name: string, extra: object = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...extra } });
const nothingElse = async () => undefined;
const settings: ShareSurroundings = {
  seedImage: 'example.com/seed:1',
  imageVolumes: async () => ({ known: false, reason: 'nobody looked' }),
  live: async () => undefined,
};

async function refusal(value: ClusterOperator): Promise<{ code: string; field: string | undefined; message: string }> {
  const error: unknown = await desiredOf(value, nothingElse, settings).then(
    () => assert.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof BookendError, String(error));
  return { code: error.code, field: error.details.field, message: error.message };
}

describe('from a spec to objects', () => {
  test('namespaces are filled in, taken off cluster-scoped kinds, and our label is set', async () => {
    const { objects } = await desiredOf(
      resource(
        [
          {
            name: 'a',
            objects: [configMap('x'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n', namespace: 'wrong' } }],
          },
        ],
        'here',
      ),
      nothingElse,
      settings,
    );
    const byKind = Object.fromEntries(objects.map(({ object }) => [object.kind, object.metadata]));
    assert.equal(byKind.ConfigMap?.namespace, 'here');
    assert.equal(byKind.Namespace?.namespace, undefined);
    assert.equal(byKind.ConfigMap?.labels?.[clusterOperatorLabel], 'one');
  });

  test('a kind that only a CustomResourceDefinition in the spec knows is accepted, and waits for it', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.dev' },
      spec: {
        group: 'example.dev',
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [{ name: 'v1', served: true, storage: true }],
      },
    };
    const widget = { apiVersion: 'example.dev/v1', kind: 'Widget', metadata: { name: 'w' } };
    const { objects } = await desiredOf(resource([{ name: 'a', objects: [widget, crd] }], 'here'), nothingElse, settings);
    assert.deepEqual(
      objects.map(({ object }) => object.kind),
      ['CustomResourceDefinition', 'Widget'],
    );
    assert.deepEqual(objects[1]?.needs, [objects[0]?.id]);
  });

  test('components with dependsOn are kept apart by a barrier', async () => {
    const { objects, barriers } = await desiredOf(
      resource(
        [
          { name: 'top', dependsOn: ['base'], objects: [configMap('t')] },
          { name: 'base', objects: [configMap('b')] },
        ],
        'here',
      ),
      nothingElse,
      settings,
    );
    assert.deepEqual(
      objects.map(({ object }) => object.metadata.name),
      ['b', 't'],
    );
    assert.equal(barriers.size, 1);
  });
});

describe('a wrong spec is refused with the field', () => {
  test('unknown kind', async () => {
    const { field, message } = await refusal(
      resource([{ name: 'a', objects: [{ apiVersion: 'none.example/v1', kind: 'Nothing', metadata: { name: 'x' } }] }]),
    );
    assert.equal(field, 'spec.components[0].objects[0].kind');
    assert.match(message, /serves no kind Nothing of none.example\/v1/);
  });

  test('missing namespace', async () => {
    assert.equal(
      (await refusal(resource([{ name: 'a', objects: [configMap('x')] }]))).field,
      'spec.components[0].objects[0].metadata.namespace',
    );
  });

  test('duplicate object, wherever it stands', async () => {
    const { field, message } = await refusal(
      resource(
        [
          { name: 'a', objects: [configMap('x')] },
          { name: 'b', objects: [configMap('x', { namespace: 'here' })] },
        ],
        'here',
      ),
    );
    assert.equal(field, 'spec.components[1].objects[0]');
    assert.match(message, /given twice/);
  });

  test('dependsOn of nothing', async () => {
    assert.equal(
      (await refusal(resource([{ name: 'a', dependsOn: ['b'], objects: [configMap('x')] }], 'here'))).field,
      'spec.components[0].dependsOn[0]',
    );
  });

  test('a circle of components', async () => {
    const { code } = await refusal(
      resource(
        [
          { name: 'a', dependsOn: ['b'], objects: [configMap('x')] },
          { name: 'b', dependsOn: ['a'], objects: [configMap('y')] },
        ],
        'here',
      ),
    );
    assert.equal(code, 'cycle');
  });

  test('a ClusterOperator inside of a ClusterOperator', async () => {
    const inner = { apiVersion: 'bookend.dev/v1alpha1', kind: 'ClusterOperator', metadata: { name: 'x' } };
    assert.match((await refusal(resource([{ name: 'a', objects: [inner] }]))).message, /cannot contain another one/);
  });

  test('more than etcd would store once the status is written', async () => {
    const objects = Array.from({ length: 2_500 }, (_, index) => ({
      ...configMap(`x-${index}`),
      data: { text: 'x'.repeat(200) },
    }));
    const { field, message } = await refusal(resource([{ name: 'a', objects }], 'here'));
    assert.equal(field, 'spec.components');
    assert.match(message, /^ClusterOperator one is too large: 2500 objects of \d+ kB, and \d+ kB for their status; etcd stores/);
  });

  test('long names count: their status is larger', async () => {
    const long = (length: number) =>
      resource(
        [{ name: 'a', objects: Array.from({ length: 1_200 }, (_, at) => configMap(`${'x'.repeat(length)}-${at}`)) }],
        'here',
      );
    assert.match((await refusal(long(240))).message, /too large/);
    await desiredOf(long(20), nothingElse, settings);
  });
});

describe('shares of a component', () => {
  const deployment = (name: string, ...containers: string[]) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { template: { spec: { containers: containers.map((each) => ({ name: each, image: `example.com/${each}:1` })) } } },
  });
  const share = [
    { name: 'web', from: { container: 'app', path: '/srv/www' }, to: [{ container: 'nginx', path: '/html', readOnly: true }] },
  ];
  const specsOf = async (objects: unknown[]) => {
    const desired = await desiredOf(resource([{ name: 'a', objects, share }], 'here'), nothingElse, settings);
    return new Map(desired.objects.map(({ object }) => [object.metadata.name, object.spec]));
  };

  test('are for each workload that has all the named containers, and for no other', async () => {
    const half = deployment('half', 'app');
    const objects = [deployment('one', 'app', 'nginx'), deployment('two', 'nginx', 'app'), half, configMap('c')];
    const specs = await specsOf(objects);
    for (const name of ['one', 'two']) assert.match(JSON.stringify(specs.get(name)), /bookend-share-web/);
    assert.equal(specs.get('half'), half.spec);
  });

  test('are refused with their field when no workload has the containers, or one cannot have the share', async () => {
    const none = await refusal(
      resource(
        [
          { name: 'b', objects: [configMap('c')] },
          { name: 'a', objects: [deployment('one', 'app')], share },
        ],
        'here',
      ),
    );
    assert.deepEqual([none.code, none.field], ['bad-input', 'spec.components[1].share[0]']);
    assert.match(none.message, /no workload has all of the containers app, nginx: Deployment one lacks nginx/);
    const taken = deployment('one', 'app', 'nginx');
    Object.assign(taken.spec.template.spec.containers[1] ?? {}, { volumeMounts: [{ name: 'pages', mountPath: '/html' }] });
    const hidden = await refusal(resource([{ name: 'a', objects: [taken], share }], 'here'));
    assert.equal(hidden.field, 'spec.components[0].share[0].to[0].path');
    assert.match(hidden.message, /spec\.components\[0\]\.objects\[0\]\.spec\.template\.spec\.containers\[1\]\.volumeMounts\[0\]/);
  });
});
