/**
 * Copies on a real kubelet, in a namespace as those who run clusters make them: *restricted* is enforced, and a
 * quota refuses containers without resources. What the containers see is compared with what stands in the image, file
 * by file.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { fieldAt, listOf, mapOf } from '../../src/objects/fields.ts';
import { until } from '../../tools/lab/observe.ts';
import { largeBytes, loadShareImages, manyFiles, shareImages } from '../../tools/lab/share-images.ts';
import { restrict } from './share/namespaces.ts';
import {
  asCopied,
  evaluate,
  initStatus,
  node,
  podOf,
  reader,
  remove,
  restricted,
  run,
  said,
  server,
  shared,
  site,
  tree,
} from './share/pods.ts';
import { useStock } from './share/stock.ts';
import { put, useTestBed } from './support.ts';

const bare = { name: 'app', image: shareImages.bare, ...restricted };
const always = { restartPolicy: 'Always' };
const once = { ...reader('first', 'console.log(require("fs").readdirSync("/files").join())') };

const stock = [
  shared(podOf('pair', [site(), server('web', '/usr/share/html')]), 'app:/srv/www -> web:/usr/share/html:ro'),
  shared(podOf('shell-less', [bare, reader()]), 'app:/dist -> web:/srv:ro', 'app:/etc/app.conf -> web:/etc/web/app.conf:ro'),
  shared(podOf('written', [site(), reader(), reader('log')]), 'app:/srv/www -> web:/files, log:/log:ro'),
  shared(
    podOf('early', [site()], { initContainers: [{ ...reader('proxy'), ...always }, once] }),
    'app:/srv/www -> proxy:/files:ro, first:/files:ro',
  ),
  shared(podOf('memory', [site(), reader()]), 'app:/srv/www -> web:/files; medium=Memory; sizeLimit=8Mi'),
  shared(
    podOf('heavy', [reader()]),
    `image(${shareImages.many}):/data -> web:/many:ro`,
    `image(${shareImages.large}):/data -> web:/large:ro`,
  ),
];

describe('A copied directory', () => {
  const bed = useTestBed('share-copy', { bookend: false });
  before(() => loadShareImages(bed.lab, 'site', 'bare', 'many', 'large'));
  const ready = useStock(bed, stock, () => restrict(bed));

  test('is served by the image of another: the site that every manual begins with', async () => {
    await ready('pair');
    const get = async (path: string) => {
      const url = `/api/v1/namespaces/${bed.namespace}/pods/pair:8080/proxy/${path}`;
      return (await bed.lab.run('kubectl', ['get', '--raw', url])).stdout;
    };
    assert.equal(await get('index.html'), '<h1>site 1</h1>\n');
    assert.equal(await get('.htaccess'), 'Options None\n');
    assert.equal(await get('start.html'), '<h1>site 1</h1>\n', 'through a symbolic link');
  });

  test('has every file as it stands in the image: names, content, modes, owners, times, links', async () => {
    await ready('pair');
    const original = await tree(bed, 'pair', 'app', '/srv/www');
    assert.equal(original.length, 13);
    const copied = asCopied(original);
    assert.notDeepEqual(copied, original, 'the set-user-ID bit is for who asks for owners=keep');
    assert.deepEqual(await tree(bed, 'pair', 'web', '/usr/share/html'), copied);
    const [one, other] = await evaluate<number[]>(
      bed,
      ...(['pair', 'web'] as const),
      '["style one.css", "täglich.css"].map((name) => fs.statSync("/usr/share/html/css/" + name).ino)',
    );
    assert.equal(one, other, 'a hard link is one file still');
  });

  test('cannot be written by those who only read, and not by their mistake', async () => {
    await ready('pair');
    await assert.rejects(node(bed, 'pair', 'web', 'fs.writeFileSync("/usr/share/html/index.html", "")'), /EROFS/);
  });

  test('comes out of an image without a shell, and belongs to the user who copies', async () => {
    await ready('shell-less');
    const seen = (await tree(bed, 'shell-less', 'web', '/srv')).map((line) => line.split(' ').slice(0, 4).join(' '));
    assert.deepEqual(seen, [
      '.hidden f 644 1000:1000',
      'app.js f 644 1000:1000',
      'deep d 755 1000:1000',
      'deep/of-root f 444 1000:1000',
    ]);
    const last = await said(bed, 'shell-less', 'bookend-share-app-dist');
    assert.match(last, /^seed: copied \/dist: 3 files/m);
  });

  test('may be a single file', async () => {
    await ready('shell-less');
    assert.equal(await node(bed, 'shell-less', 'web', 'fs.readFileSync("/etc/web/app.conf", "utf8")'), 'listen = 8080');
  });

  test('that has a file its user may not read does not start half: the Pod says which file', async () => {
    const name = 'unreadable';
    await put(bed, {
      ...shared(podOf(name, [bare, reader()]), 'keys = app:/private -> web:/keys:ro'),
      metadata: { name, namespace: bed.namespace },
    });
    const failed = await until('the copy to fail', async () => {
      const pod = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace, name });
      const status = pod && mapOf(mapOf(listOf(fieldAt(pod, 'status', 'initContainerStatuses'))[1]).state);
      const ended = mapOf(status?.terminated ?? {});
      return pod && ended.exitCode !== undefined ? { pod, ended } : undefined;
    });
    assert.equal(failed.ended.exitCode, 5);
    assert.match(String(failed.ended.message), /\/private\/key/);
    const [web] = listOf(fieldAt(failed.pod, 'status', 'containerStatuses'));
    assert.ok(fieldAt(web, 'state', 'waiting'), 'nobody reads half a directory');
    await remove(bed, name);
  });

  test('that somebody writes to is one directory for all, at its own path in the source container too', async () => {
    await ready('written');
    await node(bed, 'written', 'web', 'fs.writeFileSync("/files/index.html", "changed")');
    assert.equal(await run(bed, 'written', 'app', '/bin/cat', '/srv/www/index.html'), 'changed');
    await run(bed, 'written', 'app', '/bin/sh', '-c', 'echo from the source > /srv/www/new');
    assert.equal(await node(bed, 'written', 'log', 'fs.readFileSync("/log/new", "utf8")'), 'from the source');
    await assert.rejects(node(bed, 'written', 'log', 'fs.writeFileSync("/log/other", "")'), /EROFS/);
  });

  test('is complete before a native sidecar and an init container of the Pod begin', async () => {
    await ready('early');
    const [first, ...rest] = (await said(bed, 'early', 'first')).trim().split(',');
    assert.equal(first, '.htaccess');
    assert.equal(rest.length, 8);
    assert.deepEqual(await tree(bed, 'early', 'proxy', '/files'), asCopied(await tree(bed, 'early', 'app', '/srv/www')));
  });

  test('may be in memory, within its limit', async () => {
    const pod = await ready('memory');
    const mounts = await node(bed, 'memory', 'web', 'fs.readFileSync("/proc/mounts", "utf8")');
    assert.match(mounts, /^tmpfs \/files tmpfs rw\b.*\bsize=8192k/m);
    assert.deepEqual(await tree(bed, 'memory', 'web', '/files'), asCopied(await tree(bed, 'memory', 'app', '/srv/www')));
    const [limit] = listOf(fieldAt(pod, 'spec', 'initContainers')).slice(1);
    assert.equal(fieldAt(limit, 'resources', 'limits', 'memory'), '256Mi');
  });

  test('may hold ten thousand files, or a gibibyte in one', async () => {
    await ready('heavy');
    const wholeFiles = `(() => {
      const files = fs.readdirSync('/many', { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
      return files.filter(({ parentPath, name }) => {
        const index = parseInt(name);
        return fs.readFileSync(parentPath + '/' + name, 'utf8') === (index + '\\n').repeat(200 + (index % 1000));
      }).length;
    })()`;
    assert.equal(await evaluate(bed, 'heavy', 'web', wholeFiles), manyFiles, 'each has its own content');
    const wholeBlocks = `(() => {
      const [blob, head] = [fs.openSync('/large/blob'), Buffer.alloc(4)];
      const { size } = fs.fstatSync(blob);
      let whole = 0;
      for (let at = 0; at < size; at += 16384) {
        fs.readSync(blob, head, 0, 4, at);
        if (head.readUInt32LE() === at / 16384) whole += 1;
      }
      return [size, whole];
    })()`;
    const found = await evaluate(bed, 'heavy', 'web', wholeBlocks);
    assert.deepEqual(found, [largeBytes, largeBytes / 16_384], 'each block is in its place');
  });

  test('needs nothing that such a namespace refuses', async () => {
    const refused = async (change: Record<string, unknown>) => {
      const pod = podOf('bad', [{ ...reader(), ...change }]);
      const attempt = bed.cluster.create({ ...pod, metadata: { name: 'bad', namespace: bed.namespace } }, { dryRun: true });
      await assert.rejects(attempt, /forbidden/);
    };
    await refused({ securityContext: {} });
    await refused({ resources: {} });
    for (const { metadata } of stock) {
      const pod = await ready(metadata.name);
      assert.equal(initStatus(pod, 'bookend-seed').restartCount, 0);
    }
  });
});
