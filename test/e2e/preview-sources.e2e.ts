/**
 * What a preview reads of a real cluster: a release as both Helms store it, and what surrounds it, an operator with its
 * definition, its custom resource and what it made out of that. Nothing is written, and no value of a Secret is carried
 * along.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { servingOf } from '../../src/knowledge/serving/serving.ts';
import { describeId, idOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { subjectOfChart } from '../../src/reading/chart.ts';
import { subjectOf } from '../../src/reading/manifests.ts';
import { subjectOfNamespace } from '../../src/reading/namespace.ts';
import { readRelease } from '../../src/reading/release.ts';
import type { Given } from '../../src/reading/subject.ts';
import { scopesOf, surroundingsOf } from '../../src/reading/surroundings.ts';
import { type HelmVersion, root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { put, useTestBed } from './support.ts';

const chart = join(root, 'examples', 'own-operator');
const release = 'e2e-sources';

describe('What a preview reads', () => {
  const bed = useTestBed('sources', { bookend: false });

  for (const helm of ['helm4', 'helm3'] satisfies HelmVersion[]) {
    test(`a release that ${helm} installed is the same as its manifest, with what surrounds it`, async () => {
      const { lab, namespace, cluster } = bed;
      await lab.run(helm, ['install', release, chart, '-n', namespace, '--wait']);
      try {
        await put(bed, {
          apiVersion: 'v1',
          kind: 'Secret',
          metadata: { name: 'key', namespace },
          stringData: { password: 'hunter2' },
        });
        const stored = await readRelease(cluster, release, namespace);
        assert.equal(stored.status, 'deployed');
        const options = { from: 'release' as const, name: release, namespace, scope: await scopesOf(cluster) };
        const { subject, notes } = subjectOf(stored.documents, options);
        assert.deepEqual(notes, []);

        const { text } = await rendered(helm);
        const fromChart = subjectOfChart(text, { chart, release, namespace, flags: [] }, { scope: options.scope }).subject;
        assert.deepEqual(ids(subject.objects), ids(fromChart.objects));
        assert.deepEqual(ids(subject.hooks), ids(fromChart.hooks));
        const live = (await lab.run(helm, ['get', 'manifest', release, '-n', namespace])).stdout;
        assert.equal(live.match(/^kind: /gm)?.length, subject.objects.length);

        const given = [...subject.objects, ...subject.hooks, ...subject.crds].map(({ object }) => object);
        await put(bed, {
          apiVersion: 'example.com/v1',
          kind: 'Widget',
          metadata: { name: 'first', namespace },
          spec: { replicas: 1, stopSeconds: 0 },
        });
        const ofWidget = async () =>
          (await cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment', namespace })).items.filter(isOfWidget);
        await until('the operator to have made a Deployment', async () => (await ofWidget()).length > 0);
        const surroundings = await surroundingsOf(cluster, { given, namespace, release });
        assert.deepEqual(surroundings.notSeen, []);
        const around = surroundings.objects.map(idOf);
        for (const { object } of subject.objects) assert.ok(around.includes(idOf(object)), describeId(idOf(object)));
        const hasPods = around.some((id) => id.startsWith(`Pod/${namespace}/${release}-operator-`));
        assert.ok(hasPods, 'its Pods');
        assert.ok(surroundings.objects.some(isOfWidget), 'what its operator made');
        assert.ok(!JSON.stringify(surroundings).includes(Buffer.from('hunter2').toString('base64')));

        const serving = servingOf(surroundings.objects);
        const widget = surroundings.objects.find(({ kind }) => kind === 'Widget');
        assert.ok(widget);
        const servers = serving.serversOfFinalizer('example.com/widget-operator', widget);
        assert.ok(servers !== 'kubernetes');
        assert.equal(servers[0]?.workload, `Deployment.apps/${namespace}/${release}-operator`);
        assert.equal(servers[0]?.confidence, 'certain', 'the definition names it');
        const definitions = surroundings.objects.filter(({ kind }) => kind === 'CustomResourceDefinition');
        const unnamed = surroundings.objects.map((object) =>
          definitions.includes(object) ? withoutAnnotations(object) : object,
        );
        const told = servingOf(unnamed).serversOfFinalizer('example.com/widget-operator', widget);
        assert.ok(told !== 'kubernetes');
        const expected = [`Deployment.apps/${namespace}/${release}-operator`];
        assert.deepEqual(
          told.map(({ workload }) => workload),
          expected,
          'and roles, names and field managers tell the same',
        );

        const whole = await subjectOfNamespace(cluster, namespace);
        assert.ok(ids(whole.objects).includes(`Secret/${namespace}/key`));
        assert.ok(!ids(whole.objects).some((id) => id.startsWith('Pod/')), 'what was made out of others goes with them');
      } finally {
        await lab.attempt(helm, ['uninstall', release, '-n', namespace]);
      }
    });
  }

  async function rendered(helm: HelmVersion): Promise<{ text: string }> {
    const { lab, namespace } = bed;
    return { text: (await lab.run(helm, ['template', release, chart, '-n', namespace, '--include-crds'])).stdout };
  }
});

function isOfWidget({ kind, metadata }: KubernetesObject): boolean {
  return kind === 'Deployment' && (metadata.ownerReferences ?? []).some((owner) => owner.kind === 'Widget');
}

function withoutAnnotations(object: KubernetesObject): KubernetesObject {
  const { annotations: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function ids(given: readonly Given[]): string[] {
  return given.map(({ object }) => idOf(object)).sort();
}
