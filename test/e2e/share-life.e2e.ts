/**
 * What happens to shares after the first start: the node restarts, the image changes, a workload makes its Pods
 * anew. With Bookend installed: the webhook and the ClusterOperator give the Pods their shares.
 */
import assert from 'node:assert/strict';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { injectLabel } from '../../src/share/annotations.ts';
import { parseShare } from '../../src/share/notation.ts';
import { emptyDirOf } from '../../tools/lab/node-files.ts';
import { until } from '../../tools/lab/observe.ts';
import { loadShareImages, shareImages } from '../../tools/lab/share-images.ts';
import { clusterOperator, inOne } from './objects.ts';
import { restrict } from './share/namespaces.ts';
import {
  asCopied,
  node,
  podOf,
  podSpec,
  reader,
  remove,
  run,
  said,
  shared,
  site,
  tree,
  uidOf,
  untilReady,
} from './share/pods.ts';
import { killSandbox } from './share/sandbox.ts';
import { deleteResource, podsOf, put, untilGone, untilReady as untilInstalled, useTestBed } from './support.ts';

const line = 'app:/srv/www -> web:/html:ro';
const web = parseShare(line, 'web');

describe('A share through the life of its Pods', () => {
  const bed = useTestBed('share-life');
  before(() => loadShareImages(bed.lab, 'site', 'nextSite'));
  before(() => restrict(bed));
  const index = (pod: string) => node(bed, pod, 'web', 'fs.readFileSync("/html/index.html", "utf8")');
  const nameOf = (pod: KubernetesObject | undefined) => pod?.metadata.name ?? assert.fail('there is no Pod');

  test('a restart of the node: the copy is found complete, and what was written to it stays', async (context) => {
    if (!bed.lab.local) return context.skip('the node is out of reach');
    const name = 'restarted';
    await put(bed, inNamespace(shared(podOf(name, [site(), reader()]), 'web = app:/srv/www -> web:/html')));
    const pod = await untilReady(bed, name);
    await node(bed, name, 'web', 'fs.writeFileSync("/html/written", "before")');
    const files = await tree(bed, name, 'web', '/html');

    const again = await killSandbox(bed, pod, 'bookend-share-web');
    assert.match(await said(bed, name, 'bookend-share-web'), /^seed: \/srv\/www is there already/m);
    assert.deepEqual(await tree(bed, name, 'web', '/html'), files);
    assert.equal(await run(bed, name, 'app', '/bin/cat', '/srv/www/written'), 'before', 'the source container sees it too');

    // As if the node had gone down in the middle of the copy: no marker, and a file that is cut short.
    const volume = emptyDirOf(bed.lab, uidOf(pod), 'bookend-share-web');
    rmSync(join(volume, '.seed-marker'));
    truncateSync(join(volume, 'content', 'index.html'), 3);
    writeFileSync(join(volume, 'content', 'half'), '');
    await killSandbox(bed, again, 'bookend-share-web');
    assert.match(await said(bed, name, 'bookend-share-web'), /^seed: copied \/srv\/www: /m);
    const expected = files.filter((each) => !each.startsWith('written '));
    assert.deepEqual(await tree(bed, name, 'web', '/html'), expected, 'the image is there, whole, and nothing else');
    await remove(bed, name);
  });

  test('a rolling update with another image: old Pods keep the old files, new ones have the new, and nobody has a mixture', async () => {
    const name = 'rolling';
    const labels = { app: name };
    const template = {
      metadata: { labels: { ...labels, [injectLabel]: 'true' }, annotations: { 'share.bookend.dev/web': `${line}; mode=copy` } },
      spec: podSpec([site(), reader()]),
    };
    const strategy = { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    await put(
      bed,
      inNamespace(workload('Deployment', name, { replicas: 2, strategy, selector: { matchLabels: labels }, template })),
    );
    const kubectl = (...args: string[]) => bed.lab.run('kubectl', [...args, '-n', bed.namespace]);
    await kubectl('rollout', 'status', `deployment/${name}`, '--timeout=120s');
    const old = await podsOf(bed, name);
    assert.equal(old.length, 2);
    for (const pod of old) assert.equal(await index(nameOf(pod)), '<h1>site 1</h1>');

    await kubectl('set', 'image', `deployment/${name}`, `app=${shareImages.nextSite}`);
    await kubectl('rollout', 'status', `deployment/${name}`, '--timeout=120s');
    const fresh = (await podsOf(bed, name)).filter(({ metadata }) => !metadata.deletionTimestamp);
    assert.equal(fresh.length, 2);
    for (const pod of fresh) {
      assert.equal(await index(nameOf(pod)), '<h1>site 2</h1>');
      assert.deepEqual(await tree(bed, nameOf(pod), 'web', '/html'), asCopied(await tree(bed, nameOf(pod), 'app', '/srv/www')));
    }
    await kubectl('delete', 'deployment', name);
  });

  test('StatefulSet and CronJob of a ClusterOperator: each Pod has a copy of its own, also after the image has changed', async () => {
    const name = 'e2e-kinds';
    const operator = (image: string) => {
      const labels = { app: name };
      const set = { replicas: 2, serviceName: name, podManagementPolicy: 'Parallel', selector: { matchLabels: labels } };
      const template = { metadata: { labels }, spec: podSpec([site('app', image), reader()]) };
      const print = 'console.log(require("fs").readFileSync("/html/index.html", "utf8"))';
      // A Job ends when its containers do: the one with the files has nothing to do but to have been there.
      const job = podSpec([{ ...site('app', image), args: ['true'], command: ['/bin/sh', '-c'] }, reader('web', print)], {
        restartPolicy: 'Never',
      });
      const cron = { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: job } } } };
      const objects = [
        workload('StatefulSet', name, { ...set, template }),
        { ...workload('CronJob', name, cron), apiVersion: 'batch/v1' },
      ];
      const written = clusterOperator(name, bed.namespace, inOne(...objects));
      return {
        ...written,
        spec: { ...written.spec, components: written.spec.components.map((each) => ({ ...each, share: [web] })) },
      };
    };
    const runs = async (title: string) => {
      const kubectl = (...args: string[]) => bed.lab.run('kubectl', [...args, '-n', bed.namespace]);
      await kubectl('create', 'job', title, `--from=cronjob/${name}`);
      await kubectl('wait', '--for=condition=complete', `job/${title}`, '--timeout=120s');
      return (await kubectl('logs', `job/${title}`, '-c', 'web')).stdout.trim();
    };
    await put(bed, operator(shareImages.site));
    await untilInstalled(bed, name);
    for (const pod of [`${name}-0`, `${name}-1`]) assert.equal(await index(pod), '<h1>site 1</h1>');
    assert.equal(await runs('first'), '<h1>site 1</h1>');

    await put(bed, operator(shareImages.nextSite));
    await until(
      'both Pods to have the next image',
      async () => {
        const pods = await podsOf(bed, name);
        return (
          pods.length === 2 &&
          pods.every((pod) => fieldAt(listOf(fieldAt(pod, 'spec', 'containers'))[0], 'image') === shareImages.nextSite)
        );
      },
      120_000,
    );
    for (const pod of [`${name}-0`, `${name}-1`]) {
      await untilReady(bed, pod);
      assert.equal(await index(pod), '<h1>site 2</h1>');
    }
    assert.equal(await runs('second'), '<h1>site 2</h1>');
    await deleteResource(bed, name);
    await untilGone(bed, name);
  });

  function inNamespace(object: KubernetesObject): KubernetesObject {
    return { ...object, metadata: { ...object.metadata, namespace: bed.namespace } };
  }
});

function workload(kind: string, name: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'apps/v1', kind, metadata: { name }, spec };
}
