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
import { put, useStage } from './support.ts';

const large = `image(${shareImages.large}):/data -> web:/large:ro`;

describe('A directory of an image, shown', () => {
  const stage = useStage('share-image', { bookend: false });
  before(() => loadShareImages(stage.lab, 'site', 'large'));
  before(() => restrict(stage));

  /** @returns the Pod, ready, and how long that took */
  const start = async (pod: KubernetesObject) => {
    const began = performance.now();
    const { name } = pod.metadata;
    await put(stage, { ...pod, metadata: { ...pod.metadata, namespace: stage.namespace } });
    return { pod: await untilReady(stage, name), ms: performance.now() - began };
  };

  test('has every file of the image, dotfiles and links and owners too, and cannot be written', async () => {
    const shows = shared(podOf('shows', [site(), reader()]), 'app:/srv/www -> web:/html:ro; mode=image');
    const { pod } = await start(shows);
    assert.equal(fieldAt(pod, 'spec', 'initContainers'), undefined, 'nothing runs before');
    assert.deepEqual(await tree(stage, 'shows', 'web', '/html'), await tree(stage, 'shows', 'app', '/srv/www'));
    await assert.rejects(node(stage, 'shows', 'web', 'fs.writeFileSync("/html/index.html", "")'), /EROFS/);
    await remove(stage, 'shows');
  });

  test('is not copied: a gibibyte writes nothing on the node, and is there sooner than its copy', async () => {
    const size = (name: string) => evaluate<number>(stage, name, 'web', 'fs.statSync("/large/blob").size');
    const copied = await start(shared(podOf('copied', [reader()]), `${large}; mode=copy`));
    assert.equal(await size('copied'), largeBytes);
    const shown = await start(shared(podOf('shown', [reader()]), `${large}; mode=image`));
    assert.equal(await size('shown'), largeBytes);
    assert.deepEqual(
      listOf(fieldAt(shown.pod, 'spec', 'volumes')).filter((volume) => fieldAt(volume, 'emptyDir')),
      [],
    );
    if (stage.lab.local) {
      assert.ok(bytesInEmptyDirs(stage.lab, uidOf(copied.pod)) >= largeBytes, 'what a copy writes is seen');
      assert.equal(bytesInEmptyDirs(stage.lab, uidOf(shown.pod)), 0);
    }
    assert.ok(shown.ms < copied.ms, `shown after ${shown.ms} ms, copied after ${copied.ms} ms`);
    await remove(stage, 'copied', 'shown');
  });

  test('brings the tool of a copy too: one init container, and nothing written but the files', async () => {
    const known = { ...settings, imageVolumes: { known: true } } as const;
    const { pod } = await start(sharedWith(known, podOf('tool', [site(), reader()]), 'app:/srv/www -> web:/html'));
    const inits = listOf(fieldAt(pod, 'spec', 'initContainers')).map((each) => fieldAt(each, 'name'));
    assert.deepEqual(inits, ['bookend-share-app-srv-www']);
    assert.deepEqual(await tree(stage, 'tool', 'web', '/html'), asCopied(await tree(stage, 'tool', 'app', '/srv/www')));
    await node(stage, 'tool', 'web', 'fs.writeFileSync("/html/new", "written")');
    assert.equal(await run(stage, 'tool', 'app', '/bin/cat', '/srv/www/new'), 'written');
    await remove(stage, 'tool');
  });
});
