/**
 * Image volumes on a real kubelet: the directory is shown as it was pulled, no byte is copied, and its size does not
 * matter for the start.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { fieldAt, listOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { bytesInEmptyDirs } from '../../tools/lab/node-files.ts';
import { largeBytes, loadShareImages, shareImages } from '../../tools/lab/share-images.ts';
import { restrict } from './share/namespaces.ts';
import {
  asCopied,
  evaluate,
  node,
  podOf,
  reader,
  remove,
  run,
  settings,
  shared,
  sharedWith,
  site,
  tree,
  uidOf,
  untilReady,
} from './share/pods.ts';
import { put, useTestBed } from './support.ts';

const large = `image(${shareImages.large}):/data -> web:/large:ro`;

describe('A directory of an image, shown', () => {
  const bed = useTestBed('share-image', { bookend: false });
  before(() => loadShareImages(bed.lab, 'site', 'large'));
  before(() => restrict(bed));

  /** @returns the Pod, ready, and how long that took */
  const start = async (pod: KubernetesObject) => {
    const began = performance.now();
    const { name } = pod.metadata;
    await put(bed, { ...pod, metadata: { ...pod.metadata, namespace: bed.namespace } });
    return { pod: await untilReady(bed, name), ms: performance.now() - began };
  };

  test('has every file of the image, dotfiles and links and owners too, and cannot be written', async () => {
    const shows = shared(podOf('shows', [site(), reader()]), 'app:/srv/www -> web:/html:ro; mode=image');
    const { pod } = await start(shows);
    assert.equal(fieldAt(pod, 'spec', 'initContainers'), undefined, 'nothing runs before');
    assert.deepEqual(await tree(bed, 'shows', 'web', '/html'), await tree(bed, 'shows', 'app', '/srv/www'));
    await assert.rejects(node(bed, 'shows', 'web', 'fs.writeFileSync("/html/index.html", "")'), /EROFS/);
    await remove(bed, 'shows');
  });

  test('is not copied: a gibibyte writes nothing on the node, and is there sooner than its copy', async () => {
    const size = (name: string) => evaluate<number>(bed, name, 'web', 'fs.statSync("/large/blob").size');
    const copied = await start(shared(podOf('copied', [reader()]), `${large}; mode=copy`));
    assert.equal(await size('copied'), largeBytes);
    const shown = await start(shared(podOf('shown', [reader()]), `${large}; mode=image`));
    assert.equal(await size('shown'), largeBytes);
    const volumes = listOf(fieldAt(shown.pod, 'spec', 'volumes')).filter((volume) => fieldAt(volume, 'emptyDir'));
    assert.deepEqual(volumes, []);
    if (bed.lab.local) {
      assert.ok(bytesInEmptyDirs(bed.lab, uidOf(copied.pod)) >= largeBytes, 'what a copy writes is seen');
      assert.equal(bytesInEmptyDirs(bed.lab, uidOf(shown.pod)), 0);
    }
    assert.ok(shown.ms < copied.ms, `shown after ${shown.ms} ms, copied after ${copied.ms} ms`);
    await remove(bed, 'copied', 'shown');
  });

  test('brings the tool of a copy too: one init container, and nothing written but the files', async () => {
    const known = { ...settings, imageVolumes: { known: true } } as const;
    const { pod } = await start(sharedWith(known, podOf('tool', [site(), reader()]), 'app:/srv/www -> web:/html'));
    const inits = listOf(fieldAt(pod, 'spec', 'initContainers')).map((each) => fieldAt(each, 'name'));
    assert.deepEqual(inits, ['bookend-share-app-srv-www']);
    assert.deepEqual(await tree(bed, 'tool', 'web', '/html'), asCopied(await tree(bed, 'tool', 'app', '/srv/www')));
    await node(bed, 'tool', 'web', 'fs.writeFileSync("/html/new", "written")');
    assert.equal(await run(bed, 'tool', 'app', '/bin/cat', '/srv/www/new'), 'written');
    await remove(bed, 'tool');
  });
});
