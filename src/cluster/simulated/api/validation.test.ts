import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isCode } from '../../../errors.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { configMap, global, homeCluster, inHome, job, pod, ref, widget, widgets, workload } from '../testing/samples.ts';
import { conformed } from './schema.ts';

async function cluster(...objects: KubernetesObject[]) {
  const simulated = await homeCluster({}, ...objects);
  const field = (attempt: Promise<unknown>): Promise<unknown> =>
    attempt.then(
      () => 'accepted',
      (error: unknown) => (isCode(error, 'invalid') ? error.details.field : error),
    );
  return { ...simulated, field };
}

describe('an object that breaks a rule is refused with the field:', () => {
  const broken: [string, KubernetesObject, string][] = [
    ['a name with capitals', inHome('v1', 'ConfigMap', 'One'), 'metadata.name'],
    ['no name', inHome('v1', 'ConfigMap', ''), 'metadata.name'],
    ['a namespace with a dot', global('v1', 'Namespace', 'a.b'), 'metadata.name'],
    ['a slash in a role', inHome('rbac.authorization.k8s.io/v1', 'Role', 'a/b'), 'metadata.name'],
    ['a namespace on a cluster-scoped kind', inHome('v1', 'Node', 'one'), 'metadata.namespace'],
    ['no containers', pod('one', { spec: { containers: [] } }), 'spec.containers'],
    [
      'two containers of one name',
      pod('one', { spec: { containers: [{ name: 'a' }, { name: 'a' }] } }),
      'spec.containers[1].name',
    ],
    [
      'a selector that misses its template',
      workload('Deployment', 'web', { more: { selector: { matchLabels: { app: 'other' } } } }),
      'spec.template.metadata.labels',
    ],
    ['no selector', workload('DaemonSet', 'web', { more: { selector: undefined } }), 'spec.selector'],
    [
      'an owner without uid',
      configMap('one', { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: '' }] }),
      'metadata.ownerReferences[0].uid',
    ],
    [
      'both finalizers of the garbage collector',
      configMap('one', { finalizers: ['orphan', 'foregroundDeletion'] }),
      'metadata.finalizers',
    ],
    [
      'a Job whose Pod always restarts',
      job('one', { more: { template: { spec: { restartPolicy: 'Always', containers: [{ name: 'a' }] } } } }),
      'spec.template.spec.restartPolicy',
    ],
    ['a definition of the wrong name', { ...widgets(), metadata: { name: 'gadgets.example.com' } }, 'metadata.name'],
    ['a resourceVersion on create', configMap('one', { resourceVersion: '1' }), 'metadata.resourceVersion'],
  ];
  for (const [what, wrong, expected] of broken) {
    test(what, async () => {
      const { port, field } = await cluster();
      assert.equal(await field(port.create(wrong)), expected);
    });
  }
});

describe('what cannot change is refused with the field:', () => {
  const fixed: [string, KubernetesObject, Record<string, unknown>, string][] = [
    [
      "a workload's selector",
      workload('Deployment', 'one'),
      { spec: { selector: { matchLabels: { app: 'two' } }, template: { metadata: { labels: { app: 'two' } } } } },
      'spec.selector',
    ],
    ["a Job's template", job('one'), { spec: { template: { metadata: { labels: { a: 'b' } } } } }, 'spec.template'],
    [
      "a binding's role",
      inHome('rbac.authorization.k8s.io/v1', 'RoleBinding', 'one', { roleRef: { kind: 'Role', name: 'a' }, subjects: [] }),
      { roleRef: { name: 'b' } },
      'roleRef',
    ],
    ["a Secret's type", inHome('v1', 'Secret', 'one', { type: 'Opaque' }), { type: 'other' }, 'type'],
    ["a Pod's containers", pod('one'), { spec: { hostNetwork: true } }, 'spec'],
  ];
  for (const [what, before, change, expected] of fixed) {
    test(what, async () => {
      const { port, field } = await cluster();
      await port.create(before);
      const found = await field(port.patch(ref(before.apiVersion, before.kind, 'one'), { type: 'merge', value: change }));
      assert.equal(found, expected);
    });
  }
});

describe('a custom resource', () => {
  const properties = {
    size: { type: 'integer', minimum: 1, default: 3 },
    mode: { type: 'string', enum: ['fast', 'slow'] },
    name: { type: 'string', pattern: '^[a-z]+$' },
    port: { 'x-kubernetes-int-or-string': true },
    items: { type: 'array', maxItems: 2, items: { type: 'object', required: ['key'], properties: { key: { type: 'string' } } } },
  };
  const schema = { type: 'object', properties: { spec: { type: 'object', properties } } };
  const check = (spec: unknown) => conformed({ spec }, schema);

  test('gets the defaults of its schema and loses fields that it does not know', () => {
    assert.deepEqual(check({ unknown: 1, mode: 'fast', port: 'http' }), {
      value: { spec: { mode: 'fast', port: 'http', size: 3 } },
    });
  });

  test('is refused with the field that does not fit', () => {
    const field = (spec: unknown) => {
      const outcome = check(spec);
      return 'field' in outcome ? outcome.field : 'fits';
    };
    assert.equal(field({ size: 'three' }), 'spec.size');
    assert.equal(field({ size: 0 }), 'spec.size');
    assert.equal(field({ mode: 'other' }), 'spec.mode');
    assert.equal(field({ name: 'UPPER' }), 'spec.name');
    assert.equal(field({ port: true }), 'spec.port');
    assert.equal(field({ items: [{ key: 'a' }, {}] }), 'spec.items[1].key');
    assert.equal(field({ items: [{ key: 'a' }, { key: 'b' }, { key: 'c' }] }), 'spec.items');
    assert.equal(field({ items: [{ key: 'a' }] }), 'fits');
  });

  test('that does not fit any more may lose its finalizer as long as the rest stays as it is', async () => {
    const { port } = await cluster(widgets());
    await port.create(widget('w', { finalizers: ['example.com/cleanup'] }));
    await port.patch(ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.com'), {
      type: 'json',
      operations: [
        {
          op: 'replace',
          path: '/spec/versions/0/schema/openAPIV3Schema',
          value: {
            type: 'object',
            properties: {
              spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer' }, color: { type: 'string' } } },
            },
          },
        },
      ],
    });
    const patch = (value: Record<string, unknown>) => port.patch(ref('example.com/v1', 'Widget', 'w'), { type: 'merge', value });
    await assert.rejects(patch({ spec: { color: 'red' }, metadata: { finalizers: [] } }), { code: 'invalid' });
    assert.equal((await patch({ metadata: { finalizers: [] } })).metadata.finalizers?.length ?? 0, 0);
  });

  test('counts every change outside of metadata and status as a generation', async () => {
    const { port } = await cluster(widgets());
    await port.create(widget('w'));
    const patch = (value: Record<string, unknown>, subresource?: string) =>
      port
        .patch(ref('example.com/v1', 'Widget', 'w'), { type: 'merge', value }, subresource === undefined ? {} : { subresource })
        .then(({ metadata }) => metadata.generation);
    assert.equal(await patch({ spec: { a: 1 } }), 2);
    assert.equal(await patch({ extra: true }), 3);
    assert.equal(await patch({ metadata: { labels: { a: 'b' } } }), 3);
    assert.equal(await patch({ status: { a: 1 } }, 'status'), 3);
  });
});
