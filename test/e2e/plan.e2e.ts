/**
 * `bookend plan` of what lives on a real cluster: a release with its operator, the namespace it is in, the whole
 * cluster, and one object of it. What it says would go along is compared with what really goes.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { GraphDocument } from '../../src/cli/plan/document.ts';
import { printedBy } from '../../tools/lab/command-line.ts';
import { root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { namesOf, put, useTestBed } from './support.ts';

const release = 'e2e-plan';
const widgets = 'widgets.example.com';
const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: widgets };

describe('bookend plan', () => {
  const bed = useTestBed('plan', { bookend: false });

  before(async () => {
    const { lab, namespace, cluster } = bed;
    await lab.run('helm4', ['install', release, join(root, 'examples', 'own-operator'), '-n', namespace, '--wait']);
    await put(bed, {
      ...{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'first', namespace } },
      spec: { replicas: 1, stopSeconds: 0 },
    });
    await until(
      'the operator to have made a Pod',
      async () => (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace })).items.length > 1,
    );
  });
  after(async () => {
    await bed.lab.attempt('helm4', ['uninstall', release, '-n', bed.namespace]);
  });

  test('of a release has its operator, the custom resources and all that was made out of them, in an order that keeps the operator', () => {
    const { steps, edges, notSeen, circles } = document(release, '-n', bed.namespace);
    const at = (start: string) => steps.findIndex(({ object }) => object.startsWith(start));
    const widget = at(`Widget.example.com/${bed.namespace}/first`);
    const itsPod = at(`Pod/${bed.namespace}/widget-first-`);
    const operator = at(`Deployment.apps/${bed.namespace}/${release}-operator`);
    const rights = at(`Role.rbac.authorization.k8s.io/${bed.namespace}/${release}-operator`);
    assert.ok(0 <= widget && widget < itsPod && itsPod < operator && operator < rights, JSON.stringify(steps, null, 1));
    assert.equal(steps[operator]?.mode, 'delete');
    assert.equal(steps[itsPod]?.mode, 'await');
    assert.ok(edges.some(({ rule, evidence }) => rule === 'service-account' && evidence.length > 0));
    assert.deepEqual([notSeen, circles], [[], []]);
  });

  test('of a namespace ends with the Namespace, and of everything has the objects of every namespace', async () => {
    const { steps } = document('--namespace-delete', bed.namespace);
    assert.equal(steps.at(-1)?.object, `Namespace/${bed.namespace}`);
    const all = new Set(document('--everything').steps.map(({ object }) => object));
    for (const { object } of steps) assert.ok(all.has(object), object);
    for (const name of await namesOf(bed, { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'kube-system' }))
      assert.ok(all.has(`ServiceAccount/kube-system/${name}` as never), name);
    const summary = printed('--everything');
    assert.match(summary, /^\d+ objects, \d+ edges between them, in \d+ waves\n/);
    assert.ok(summary.split('\n').length < 60);
  });

  test('of the definition says before what its deletion then takes along', async () => {
    const { lab, namespace, cluster } = bed;
    const before = document('--of', `crd/${widgets}`);
    const [asked] = before.of ?? [];
    const wouldGo = (asked?.neededBy ?? []).map(({ object }) => object);
    assert.ok(wouldGo.includes(`Widget.example.com/${namespace}/first` as never));
    assert.ok(wouldGo.some((id) => id.startsWith(`Pod/${namespace}/widget-first-`)));
    const out = printed('--of', `crd/${widgets}`);
    assert.match(out, /needs? it, directly or indirectly:\n {2}Widget e2e-plan\/first, with 3 children\n/);

    const later = await heldBack();
    await lab.run('kubectl', ['delete', 'crd', widgets, '--wait=false']);
    const pods = async () =>
      (await namesOf(bed, { apiVersion: 'v1', kind: 'Pod', namespace })).filter((name) => name.startsWith('widget-first-'));
    await until('what was made out of the Widget to be gone', async () => (await pods()).length === 0);
    await later.release();
    await until('the definition to be gone', async () => (await cluster.get(definition)) === undefined);
    assert.equal(await cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'widget-first' }), undefined);
    const operator = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: `${release}-operator` };
    assert.ok(await cluster.get(operator), 'what only the definition needs stays');
  });

  /**
   * Keeps the definition until its Widgets have been gone for a while. As soon as it is gone the API server ends their
   * watches, and the garbage collector then never hears of the last Widget if it has not been told yet.
   */
  async function heldBack() {
    const { cluster } = bed;
    const hold = 'e2e.example/later';
    const change = async (to: (finalizers: string[]) => string[]) => {
      const { finalizers = [] } = (await cluster.get(definition))?.metadata ?? {};
      await cluster.patch(definition, { type: 'merge', value: { metadata: { finalizers: to(finalizers) } } });
    };
    await change((finalizers) => [...finalizers, hold]);
    return { release: () => change((finalizers) => finalizers.filter((each) => each !== hold)) };
  }

  function document(...args: string[]): GraphDocument {
    return JSON.parse(printed(...args, '-o', 'json')) as GraphDocument;
  }

  function printed(...args: string[]): string {
    return printedBy(bed.lab, ['plan', ...args, '--kubeconfig', bed.lab.kubeconfig]);
  }
});
