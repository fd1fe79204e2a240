/**
 * Shapes that people really have, on a real kubelet: volumes below shares and shares below volumes, several sources
 * in one directory, groups, programs, Pods that are guaranteed or promised nothing. Each Pod is one that starts
 * without its shares; it must start with them.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { wallClock } from '../../src/cluster/clock.ts';
import { provenDirectories } from '../../src/image-volumes/proven-directories.ts';
import { fieldAt, listOf, mapOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { directoryKey } from '../../src/share/choose.ts';
import { parseShare } from '../../src/share/notation.ts';
import { until } from '../../tools/lab/observe.ts';
import { loadShareImages, shareImages, siteUser } from '../../tools/lab/share-images.ts';
import { evaluate, node, podOf, reader, remove, run, settings, shared, sharedWith, site } from './share/pods.ts';
import { useStock } from './share/stock.ts';
import { put, useTestBed } from './support.ts';

const bare = { name: 'app', image: shareImages.bare };
const known = { ...settings, imageVolumes: { known: true } } as const;
const secret = (namespace: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'keys', namespace },
  stringData: { 'a.key': 'secret' },
});
const keys = { name: 'keys', secret: { secretName: 'keys' } };
const mounting = (container: object, ...volumeMounts: object[]) => ({ ...(container as ReturnType<typeof site>), volumeMounts });
/** As root, with what container runtimes allow by default. */
const open = { securityContext: { runAsUser: 0 } };
const plain = ({ resources: _, securityContext: __, ...container }: ReturnType<typeof site>) =>
  container as ReturnType<typeof site>;

const merged = [
  `own = app:/srv/www -> web:/all:ro`,
  `more = image(${shareImages.bare}):/dist -> web:/all:ro`,
  `next = image(${shareImages.nextSite}):/srv/www -> web:/all:ro; onConflict=last`,
];

const stock = [
  shared(
    podOf(
      'below-read',
      [
        site(),
        mounting(
          reader(),
          { name: 'keys', mountPath: '/code/storage/keys' },
          { name: 'keys', mountPath: '/code/one.key', subPath: 'a.key' },
        ),
      ],
      { volumes: [keys] },
    ),
    'code = app:/srv/www -> web:/code:ro',
  ),
  shared(
    podOf('below-written', [mounting(site(), { name: 'keys', mountPath: '/srv/www/storage/keys' }), reader()], {
      volumes: [keys],
    }),
    'code = app:/srv/www -> web:/code',
  ),
  shared(
    podOf('above', [site(), mounting(reader(), { name: 'data', mountPath: '/data' })], {
      volumes: [{ name: 'data', emptyDir: {} }],
    }),
    'site = app:/srv/www -> web:/data/site:ro',
    'tmp = app:/tmp/x, web:/data/site/.well-known',
  ),
  shared(podOf('merged', [site(), reader()]), ...merged),
  shared(
    podOf('grouped', [site(), { ...reader(), securityContext: { runAsUser: 101, runAsGroup: 101 } }], {
      securityContext: { runAsUser: siteUser, runAsGroup: siteUser, fsGroup: 2000 },
    }),
    'html = app:/srv/www -> web:/html',
  ),
  shared(podOf('modes', [site(), reader()]), 'html = app:/srv/www -> web:/html:ro; chmod=u=rwX,go='),
  shared(
    podOf('owned', [plain(bare as never), plain(reader())], open),
    'dist = app:/dist -> web:/dist:ro; owners=keep',
    'given = app:/dist -> web:/given:ro; chown=7:8',
  ),
  sharedWith(
    known,
    podOf('program', [site(), reader()]),
    `tool = image(${shareImages.bare}):/pause -> web:/usr/local/bin/pause:ro`,
  ),
  sharedWith(known, podOf('directory', [site(), reader()]), 'html = app:/srv/www/ -> web:/html:ro'),
  shared(podOf('nothing', [plain(site()), plain(reader())]), 'html = app:/srv/www -> web:/html:ro'),
  shared(podOf('guaranteed', [guaranteed(site()), guaranteed(reader())]), 'html = app:/srv/www -> web:/html:ro'),
];

function guaranteed(container: ReturnType<typeof site>): ReturnType<typeof site> {
  const quantities = { cpu: '50m', memory: '128Mi' };
  return { ...container, resources: { requests: quantities, limits: quantities } };
}

describe('A share in a Pod of', () => {
  const bed = useTestBed('share-shapes', { bookend: false });
  before(() => loadShareImages(bed.lab, 'site', 'nextSite', 'bare'));
  const ready = useStock(bed, stock, () => put(bed, secret(bed.namespace)));
  const read = (pod: string, path: string) => node(bed, pod, 'web', `fs.readFileSync(${JSON.stringify(path)}, "utf8")`);
  /** Starts a Pod whose copy in this init container fails, and gives the words of it. */
  const failing = async (pod: KubernetesObject, container: string) => {
    const { namespace } = bed;
    const { name } = pod.metadata;
    await put(bed, { ...pod, metadata: { ...pod.metadata, namespace } });
    const look = async () => {
      const found = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
      const statuses = listOf(fieldAt(found, 'status', 'initContainerStatuses')).map(mapOf);
      const status = statuses.find((each) => each.name === container);
      const ended = fieldAt(status, 'state', 'terminated') ?? fieldAt(status, 'lastState', 'terminated');
      return ended === undefined ? undefined : String(fieldAt(ended, 'message'));
    };
    return await until('the copy to fail', look);
  };

  test('a Secret below shared code, read-only or written: both are seen', async () => {
    await ready('below-read');
    assert.equal(await read('below-read', '/code/storage/keys/a.key'), 'secret');
    assert.equal(await read('below-read', '/code/one.key'), 'secret');
    assert.match(await read('below-read', '/code/index.html'), /site 1/);
    await ready('below-written');
    assert.equal(await run(bed, 'below-written', 'app', '/bin/cat', '/srv/www/storage/keys/a.key'), 'secret');
    assert.match(await read('below-written', '/code/index.html'), /site 1/);
  });

  test('a share below an emptyDir, and another below that', async () => {
    await ready('above');
    assert.match(await read('above', '/data/site/index.html'), /site 1/);
    await node(bed, 'above', 'web', 'fs.writeFileSync("/data/site/.well-known/x", "written")');
    assert.equal(await run(bed, 'above', 'app', '/bin/cat', '/tmp/x/x'), 'written');
  });

  test('several sources in one directory, in their order', async () => {
    await ready('merged');
    assert.match(await read('merged', '/all/index.html'), /site 2/, 'the last one counts');
    for (const path of ['only-in-1', 'only-in-2', 'app.js', '.hidden', 'css/style one.css']) await read('merged', `/all/${path}`);
  });

  test('a path that two sources have: the start ends with both names', async () => {
    const pod = shared(podOf('conflict', [site(), reader()]), ...merged.map((line) => line.replace('; onConflict=last', '')));
    const message = await failing(pod, 'bookend-share-next');
    assert.match(message, /own/);
    assert.match(message, /next/);
    assert.match(message, /index\.html|\.htaccess|absolute|start\.html|dangling|bin\/render|css/);
    await remove(bed, 'conflict');
  });

  test('a consumer of another user in the group of the Pod: it can write, as into a hand-made emptyDir', async () => {
    await ready('grouped');
    const root = await evaluate<string[]>(
      bed,
      'grouped',
      'web',
      '(({mode, uid, gid}) => [mode.toString(8), uid + ":" + gid])(fs.statSync("/html"))',
    );
    assert.equal(root[0], '42777');
    assert.match(root[1] ?? '', /:2000$/);
    await node(bed, 'grouped', 'web', 'fs.writeFileSync("/html/new", "written")');
    assert.equal(await run(bed, 'grouped', 'app', '/bin/cat', '/srv/www/new'), 'written');
  });

  test('modes and owners as the share says', async () => {
    await ready('modes');
    const modes = await evaluate<string[]>(
      bed,
      'modes',
      'web',
      '["index.html", "css", "bin/render"].map((name) => (fs.statSync("/html/" + name).mode & 0o7777).toString(8))',
    );
    assert.deepEqual(modes, ['600', '700', '700']);
    await ready('owned');
    const owners = await evaluate<string[]>(
      bed,
      'owned',
      'web',
      '["/dist/app.js", "/dist/deep/of-root", "/given/app.js", "/given/deep"].map((path) => fs.statSync(path)).map(({ uid, gid }) => uid + ":" + gid)',
    );
    assert.deepEqual(owners, ['2000:3000', '0:0', '7:8', '7:8']);
  });

  test('a program of which nobody says that it is a file: it is copied, and runs', async () => {
    const pod = await ready('program');
    assert.equal(fieldAt(listOf(fieldAt(pod, 'spec', 'initContainers'))[0], 'name'), 'bookend-share-tool');
    const found = await evaluate<boolean>(bed, 'program', 'web', '(fs.statSync("/usr/local/bin/pause").mode & 0o111) === 0o111');
    assert.equal(found, true);
  });

  test('a directory that is said to be one: it is shown, and nothing is copied', async () => {
    const pod = await ready('directory');
    assert.equal(fieldAt(pod, 'spec', 'initContainers'), undefined);
    assert.match(await read('directory', '/html/index.html'), /site 1/);
  });

  test('a class that stays what it was', async () => {
    for (const [name, qosClass] of [
      ['nothing', 'BestEffort'],
      ['guaranteed', 'Guaranteed'],
    ] as const) {
      assert.equal(fieldAt(await ready(name), 'status', 'qosClass'), qosClass);
    }
  });

  test('an unknown path: a probe proves a directory, and never a file', async () => {
    const shares = [
      'a = app:/srv/www -> web:/a:ro',
      'b = app:/srv/www/index.html -> web:/b:ro',
      'c = app:/nowhere -> web:/c:ro',
    ].map((line) => parseShare(line));
    const spec = mapOf(podOf('probed', [site(), reader()]).spec);
    const probe = { clock: wallClock, namespace: bed.namespace, seedImage: settings.seedImage };
    const found = [...(await provenDirectories(bed.cluster, spec, shares, probe))];
    assert.deepEqual(found, [directoryKey(shareImages.site, '/srv/www')]);
  });

  test('a copy that is larger than its limit: the words name the limit', async () => {
    const pod = shared(podOf('large', [site(), reader()]), 'html = app:/srv/www -> web:/html:ro; sizeLimit=100');
    const message = await failing(pod, 'bookend-share-html');
    assert.match(message, /sizeLimit of share html/);
    await remove(bed, 'large');
  });
});
