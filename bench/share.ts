/**
 * (f) A directory of an image in another container: copied by Bookend, by a hand-written init container with `cp -a`,
 * and shown as an image volume. Ten thousand small files and one of a gibibyte; time from the Pod's creation until it
 * is ready, and what was written to the node's disk.
 */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BookendError } from '../src/errors.ts';
import { fieldAt, listOf, mapOf } from '../src/objects/fields.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { applyShares } from '../src/share/apply.ts';
import { parseShare } from '../src/share/notation.ts';
import type { Lab } from '../tools/lab/lab.ts';
import { bytesInEmptyDirs, emptyDirOf } from '../tools/lab/node-files.ts';
import { until, untilNone } from '../tools/lab/observe.ts';
import { startPod } from '../tools/lab/pod-start.ts';
import { loadShareImages, shareImages } from '../tools/lab/share-images.ts';
import type { Bench } from './main.ts';
import { median } from './rounds.ts';
import { shareCommand } from './share-command.ts';

const rounds = 5;
const namespace = 'bookend-bench-share';
const seedImage = 'registry.bookend.dev/seed:0.1.0';

/** What is shared; each image has `/data`, and a shell for who copies by hand. */
const payloads = { files10000: shareImages.many, gibibyte: shareImages.large };

type Spec = Record<string, unknown>;

/** The same two containers each time; only how the second comes to the files differs. */
const ways: Record<string, (image: string) => Spec> = {
  withoutFiles: containers,
  handWritten: byHand,
  copy: (image) => sharing(image, 'copy'),
  copyWithShownTool: (image) => sharing(image, 'auto'),
  image: (image) => sharing(image, 'image'),
};

export const share: Bench = async ({ lab, progress }) => {
  const command = await progress.step('the command: 5 MB of definitions, and 1,000 Deployments', shareCommand);
  const opened = await lab();
  if (!opened.local) {
    throw new BookendError('unsupported', 'the share benchmark looks at the disk of the node and cannot use another cluster');
  }
  await progress.step('loading images with 10,000 files and with 1 GiB', () => loadShareImages(opened, 'site', 'many', 'large'));
  await clear(opened);
  await opened.run('kubectl', ['create', 'namespace', namespace]);
  await until(
    'its account',
    async () => (await opened.attempt('kubectl', ['get', 'serviceaccount', 'default', '-n', namespace])).code === 0,
  );
  try {
    const results: Record<string, object> = {};
    for (const [payload, image] of Object.entries(payloads)) {
      results[payload] = await progress.step(`${payload}: ${rounds} rounds of ${Object.keys(ways).join(', ')}`, () =>
        compare(opened, image),
      );
    }
    return { command, rounds, ...results, imagesAdded: await added(opened) };
  } finally {
    await progress.step('removing the Pods', () => clear(opened));
  }
};

async function clear(lab: Lab): Promise<void> {
  await lab.run('kubectl', ['delete', 'namespace', namespace, '--ignore-not-found', '--wait=false']);
  await untilNone(lab.cluster, { apiVersion: 'v1', kind: 'Namespace', fieldSelector: `metadata.name=${namespace}` }, 120_000);
}

type Measured = { readyMs: number; bytesWritten: number };

/** In turns, so that what else the machine does meets all of them alike; the first round only warms up. */
async function compare(lab: Lab, image: string) {
  const all: Record<string, Measured[]> = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round <= rounds; round += 1) {
    for (const [way, specOf] of Object.entries(ways)) {
      const measured = await measure(lab, specOf(image));
      if (round > 0) all[way]?.push(measured);
    }
  }
  const figures = Object.entries(all).map(([way, each]) => {
    const times = each.map(({ readyMs }) => readyMs);
    const readyMs = Math.round(median(times));
    const fastestMs = Math.round(Math.min(...times));
    return [way, { readyMs, fastestMs, bytesWritten: median(each.map(({ bytesWritten }) => bytesWritten)) }] as const;
  });
  return Object.fromEntries(figures);
}

async function measure(lab: Lab, spec: Spec): Promise<Measured> {
  // What the one before has left to be written must not slow this one down.
  await promisify(execFile)('sync');
  const { pod, ms } = await startPod(lab.cluster, podOf(spec));
  const measured = { readyMs: ms, bytesWritten: bytesInEmptyDirs(lab, pod.metadata.uid ?? '') };
  await remove(lab, pod);
  return measured;
}

function podOf(spec: Spec): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'bench', namespace }, spec };
}

/** Gone from the node too: its volumes, and with them a gibibyte, are removed after the Pod has left the API. */
async function remove({ cluster, local }: Lab, { metadata }: KubernetesObject): Promise<void> {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: metadata.name };
  await cluster.delete(ref);
  await untilNone(cluster, { ...ref, fieldSelector: `metadata.name=${metadata.name}` });
  await until('its volumes to be removed', async () => bytesInEmptyDirs({ local }, metadata.uid ?? '') === 0);
}

function containers(image: string): Spec {
  return {
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 0,
    // For the one that is written by hand: as another user `cp -a` fails, as it may not give the volume the
    // attributes of the directory.
    securityContext: { runAsUser: 0 },
    containers: [
      { name: 'app', image, resources },
      { name: 'web', image: shareImages.site, resources },
    ],
  };
}

/** The same share of the processor for whoever copies, whatever else the machine has to do. */
const resources = { requests: { cpu: '500m', memory: '64Mi' } };

/** In mode auto for a writer, with nodes that are known to support image volumes: a copy whose tool comes as one. */
function sharing(image: string, mode: 'copy' | 'image' | 'auto'): Spec {
  const share = parseShare(`data = app:/data -> web:/data${mode === 'auto' ? '' : ':ro'}; mode=${mode}`);
  return applyShares({ spec: containers(image) }, [share], { seedImage, imageVolumes: { known: true } }).spec;
}

/** What the manuals tell one to write. */
function byHand(image: string): Spec {
  const spec = containers(image);
  const [app, web] = listOf(spec.containers);
  return {
    ...spec,
    initContainers: [
      {
        name: 'copy-data',
        image,
        resources,
        command: ['/bin/sh', '-c', 'cp -a /data/. /shared/'],
        volumeMounts: [{ name: 'data', mountPath: '/shared' }],
      },
    ],
    containers: [app, { ...mapOf(web), volumeMounts: [{ name: 'data', mountPath: '/data', readOnly: true }] }],
    volumes: [{ name: 'data', emptyDir: {} }],
  };
}

/**
 * What a node fetches and keeps for copies, once: the image of the tool. Image volumes and scratch shares add none.
 */
async function added(lab: Lab) {
  const { pod } = await startPod(lab.cluster, podOf(sharing(shareImages.many, 'copy')));
  const { stdout } = await lab.run('kubectl', ['get', 'nodes', '-o', 'json']);
  const images = listOf(fieldAt(JSON.parse(stdout), 'items')).flatMap((node) => listOf(fieldAt(node, 'status', 'images')));
  const seed = images.find((each) => listOf(fieldAt(each, 'names')).includes(seedImage));
  const unpacked = statSync(join(emptyDirOf(lab, pod.metadata.uid ?? '', 'bookend-tools'), 'seed')).size;
  await remove(lab, pod);
  return { image: seedImage, transferredBytes: fieldAt(seed, 'sizeBytes'), unpackedBytes: unpacked };
}
