/**
 * Sharing in everyone's clusters: whatever policies, limits and quotas admit a Pod admit it with a share too, and it
 * runs, through the webhook and from the command line. The rules are those that people have: OpenShift's restricted-v2,
 * Pod Security, policies without capabilities, LimitRanges, quotas.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { fieldAt, listOf, mapOf } from '../../src/objects/fields.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { annotationsOfShares, injectLabel } from '../../src/share/annotations.ts';
import { parseShare } from '../../src/share/notation.ts';
import { printedBy } from '../../tools/lab/command-line.ts';
import { until } from '../../tools/lab/observe.ts';
import { loadShareImages, shareImages, siteUser } from '../../tools/lab/share-images.ts';
import { type House, houses, namespaceOf, randomUser } from './share/houses.ts';
import { type Container, evaluate, node, reader, remove, site, tree, untilReady, shared as withShares } from './share/pods.ts';
import { freshNamespace, put, type TestBed, useTestBed } from './support.ts';

/** Read from another container, written out of another image, and begun empty. */
const lines = [
  'read = app:/dist -> web:/srv:ro',
  `written = image(${shareImages.bare}):/dist -> web:/files`,
  'cache = app:/cache, web:/cache',
];
const shares = lines.map((line) => parseShare(line));
const ways = ['webhook', 'command-line'] as const;

describe('A Pod that a house admits', () => {
  // A house may refuse image volumes, and the operator could not know: it tries them in a namespace of its own.
  const bed = useTestBed('share-policies', { bookend: ['imageVolumes.probe=false'] });
  const inHouse = (house: House): TestBed => ({
    get lab() {
      return bed.lab;
    },
    get cluster() {
      return bed.cluster;
    },
    namespace: namespaceOf(house),
  });
  const create = (house: House, pod: KubernetesObject, dryRun = false) =>
    bed.cluster.create({ ...pod, metadata: { ...pod.metadata, namespace: namespaceOf(house) } }, { dryRun });

  /** The Pod of the house with its shares, in either way. */
  const shared = (way: (typeof ways)[number], { spec }: House): KubernetesObject => {
    const pod = podOf(way, spec);
    if (way === 'command-line') return parse(printedBy(bed.lab, ['share', '-f', '-', ...lines], { input: stringify(pod) }));
    const { metadata } = pod;
    const annotations = annotationsOfShares(shares);
    return { ...pod, metadata: { ...metadata, labels: { ...metadata.labels, [injectLabel]: 'true' }, annotations } };
  };

  /** A quota that had room for one Pod only has it again a moment after that Pod has gone. */
  const start = (house: House, way: (typeof ways)[number]) => {
    const pod = shared(way, house);
    return until('the quota to have room again', () =>
      create(house, pod).catch((error: Error) => {
        if (!/exceeded quota/.test(error.message)) throw error;
        return undefined;
      }),
    );
  };

  const prepare = async (house: House) => {
    const { lab } = bed;
    await freshNamespace(lab, namespaceOf(house));
    const { labels = {}, rules, refused, spec } = house;
    await put(bed, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespaceOf(house), labels } }, ...rules);
    if (refused)
      await until(`the rules of ${house.name} to be in force`, () =>
        create(house, podOf('refused', refused.spec), true).then(
          () => false,
          (error: Error) => refused.says.test(error.message),
        ),
      );
    // Each policy comes into force by itself: what one gives a Pod, another may ask for a moment earlier.
    await until(`a Pod to be admitted to ${house.name}`, () =>
      create(house, podOf('admitted', spec), true).catch((error: Error) => {
        if (!/forbidden/.test(error.message)) throw error;
        return undefined;
      }),
    );
  };

  before(async () => {
    await loadShareImages(bed.lab, 'bare', 'site');
    await Promise.all(houses.map(prepare));
  });

  const runs = async (house: House, way: (typeof ways)[number]) => {
    const here = inHouse(house);
    if (!(await bed.cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: here.namespace }))) await prepare(house);
    const plain = await create(house, podOf('plain', house.spec), true);
    await start(house, way);
    const pod = await untilReady(here, way);
    assert.deepEqual(await evaluate(here, way, 'web', 'fs.readdirSync("/srv", {recursive: true}).sort()'), [
      ...['.hidden', 'app.js', 'deep', 'deep/of-root'],
    ]);
    assert.equal(await node(here, way, 'web', 'fs.readFileSync("/srv/app.js", "utf8")'), 'app');
    assert.equal(await node(here, way, 'web', 'fs.writeFileSync("/files/new", "x"), fs.readFileSync("/files/new", "utf8")'), 'x');
    await node(here, way, 'web', 'fs.writeFileSync("/cache/new", "x")');
    assert.equal(fieldAt(pod, 'status', 'qosClass'), fieldAt(plain, 'status', 'qosClass'), 'its class of service is the same');
    asksForNothing(plain, pod);
    await remove(here, way);
  };

  // Each house has a namespace of its own.
  describe('is admitted with shares, and runs', { concurrency: 4 }, () => {
    for (const house of houses) {
      const possible = ways.filter((each) => each === 'webhook' || house.webhookOnly === undefined);
      test(house.name, async (context) => {
        for (const way of possible) await context.test(way, () => runs(house, way));
      });
    }
  });

  test('as a random user has its copies as that user, and in the group of the volume', async () => {
    const [house = assert.fail()] = houses;
    const here = inHouse(house);
    await start(house, 'webhook');
    await untilReady(here, 'webhook');
    const [user, group] = await evaluate<number[]>(
      here,
      ...(['webhook', 'web'] as const),
      '[fs.statSync("/files/app.js").uid, fs.statSync("/files").gid]',
    );
    assert.deepEqual([user, group], [randomUser, randomUser]);
    await remove(here, 'webhook');
  });
});

describe('A copy', () => {
  const bed = useTestBed('share-volumes', { bookend: false });
  before(() => loadShareImages(bed.lab, 'site', 'bare', 'many'));

  /** By hand, as manuals show it, and by a share, side by side in one Pod with an fsGroup. */
  test('has owner, group and modes as `cp -r` into an emptyDir leaves them, and who is of the group writes into it', async () => {
    const name = 'fs-group';
    const web = { ...reader(), securityContext: { runAsUser: 101, runAsGroup: 101 } };
    // One directory of the site is for its owner alone.
    const owner = { ...reader('owner'), volumeMounts: [{ name: 'by-hand', mountPath: '/by-hand' }] };
    const byHand = {
      ...site('by-hand'),
      command: ['/bin/sh', '-c', 'cp -r /srv/www/. /target/'],
      volumeMounts: [{ name: 'by-hand', mountPath: '/target' }],
    };
    const pod = podWith(name, [site(), web, { ...owner, securityContext: { runAsUser: 1000, runAsGroup: 1000 } }], {
      securityContext: { fsGroup: 2000 },
      volumes: [{ name: 'by-hand', emptyDir: {} }],
      initContainers: [byHand],
    });
    await create(withShares(pod, 'app:/srv/www -> web:/html, owner:/html'));
    await untilReady(bed, name);
    assert.deepEqual(await standing(name, '/html'), await standing(name, '/by-hand'));
    const root = '(({ mode, uid, gid }) => [(mode & 0o7777).toString(8), uid, gid])(fs.statSync("/html"))';
    assert.deepEqual(await evaluate(bed, name, 'web', root), ['2777', siteUser, 2000], 'mode and group of the volume');
    await node(bed, name, 'web', 'fs.writeFileSync("/html/new", "x"), fs.mkdirSync("/html/newer")');
    assert.deepEqual(await evaluate(bed, name, 'web', 'fs.statSync("/html/newer").gid'), 2000);
    await remove(bed, name);
  });

  test('has the owner and the modes that the share says', async () => {
    const name = 'as-said';
    const pod = podWith(name, [{ ...site(), securityContext: { runAsUser: 0 } }, reader()]);
    await create(withShares(pod, 'app:/srv/www -> web:/html; chown=101:102; chmod=u=rwX,go=rX'));
    await untilReady(bed, name);
    const stat = (path: string) =>
      `(({ mode, uid, gid }) => [(mode & 0o7777).toString(8), uid, gid])(fs.statSync(${JSON.stringify(path)}))`;
    const said = await evaluate(
      bed,
      name,
      'web',
      `[${['/html', '/html/.htaccess', '/html/.well-known/empty'].map(stat).join()}]`,
    );
    assert.deepEqual(
      (said as [string, number, number][]).map(([mode, ...owner]) => [mode.slice(-3), ...owner]),
      [
        ['755', 101, 102],
        ['644', 101, 102],
        ['755', 101, 102],
      ],
    );
    await remove(bed, name);
  });

  const ends: [what: string, share: string, limits: Record<string, string>, code: number, says: RegExp][] = [
    ['larger than its sizeLimit', `image(${shareImages.many}):/data -> web:/x:ro; sizeLimit=8Mi`, {}, 6, /sizeLimit of share/],
    [
      'larger than what the Pod may store',
      `image(${shareImages.many}):/data -> web:/x:ro; mode=copy`,
      { 'ephemeral-storage': '16Mi' },
      6,
      /limits\.ephemeral-storage/,
    ],
    [
      'of files that its user may not read',
      `image(${shareImages.bare}):/private -> web:/x:ro; mode=copy`,
      {},
      5,
      /\/private\/key.*(user|owner|uid) 0\b.*600|\/private\/key.*600.*\b0\b/i,
    ],
  ];
  for (const [what, line, limits, code, says] of ends) {
    test(`that is ${what} does not start, and says so in words where people look`, async () => {
      const name = 'ends';
      const web = { ...reader(), resources: { limits }, securityContext: { runAsUser: 1000, runAsGroup: 1000 } };
      await create(withShares(podWith(name, [web]), `bad = ${line}`));
      const ended = await until('the copy to end', async () => {
        const pod = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: bed.namespace, name });
        assert.notEqual(fieldAt(pod, 'status', 'reason'), 'Evicted', 'the kubelet was faster than the words');
        const status = listOf(fieldAt(pod, 'status', 'initContainerStatuses')).find(
          (each) => fieldAt(each, 'name') === 'bookend-share-bad',
        );
        const terminated = fieldAt(status, 'state', 'terminated') ?? fieldAt(status, 'lastState', 'terminated');
        return terminated === undefined ? undefined : mapOf(terminated);
      });
      assert.equal(ended.exitCode, code, String(ended.message));
      assert.match(String(ended.message), says);
      await remove(bed, name);
    });
  }

  const create = (pod: KubernetesObject) =>
    bed.cluster.create({ ...pod, metadata: { ...pod.metadata, namespace: bed.namespace } });

  /** Everything below a directory: path, type, mode, owner; the times are those of the copying. */
  async function standing(pod: string, directory: string): Promise<string[]> {
    const lines = await tree(bed, pod, 'owner', directory);
    return lines.map((each) => each.replace(/ (\d+:\d+) \d+ /, ' $1 '));
  }
});

/** Nothing is said of its security but what is given. */
function podWith(name: string, containers: Container[], rest: Record<string, unknown> = {}): KubernetesObject {
  const open = containers.map((each) => ({ resources: {}, ...each, securityContext: mapOf(each.securityContext) }));
  return podOf(name, {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    ...rest,
    containers: open.map(({ securityContext, ...each }) => ({
      ...each,
      ...(Object.keys(securityContext).length > 0 && { securityContext }),
    })),
  });
}

function podOf(name: string, spec: Record<string, unknown>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec };
}

/** What is injected has the user, the privileges and the resources of the container that it stands for, and no more. */
function asksForNothing(plain: KubernetesObject, pod: KubernetesObject): void {
  const before = listOf(fieldAt(plain, 'spec', 'containers')).map(mapOf);
  for (const injected of listOf(fieldAt(pod, 'spec', 'initContainers')).map(mapOf)) {
    const name = String(injected.name);
    assert.equal(fieldAt(injected, 'securityContext', 'capabilities', 'add'), undefined, `${name} adds a capability`);
    const models = before.map(({ resources }) => JSON.stringify(resources ?? {}));
    assert.ok(models.includes(JSON.stringify(injected.resources ?? {})), `${name} has resources of its own`);
  }
}
