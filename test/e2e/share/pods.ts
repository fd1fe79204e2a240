/** Pods that share, as a person would write them, and what the files look like from inside of their containers. */
import assert from 'node:assert/strict';
import { fieldAt, listOf, mapOf, textOf } from '../../../src/objects/fields.ts';
import type { KubernetesObject } from '../../../src/objects/object.ts';
import { applyShares } from '../../../src/share/apply.ts';
import { parseShare } from '../../../src/share/notation.ts';
import type { ShareSettings } from '../../../src/share/share.ts';
import { containerNamed } from '../../../src/share/spec.ts';
import { untilRight } from '../../../tools/lab/observe.ts';
import { isReady } from '../../../tools/lab/pod-start.ts';
import { shareImages, siteUser } from '../../../tools/lab/share-images.ts';
import { image as nodeImage } from '../objects.ts';
import type { TestBed } from '../support.ts';

export const settings: ShareSettings = {
  seedImage: 'registry.bookend.dev/seed:0.1.0',
  imageVolumes: { known: false, reason: 'not tried' },
};

export type Container = { name: string; image: string } & Record<string, unknown>;

/** The least that a container says who is to run where *restricted* is enforced and a quota demands resources. */
export const restricted = {
  resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { cpu: '2', memory: '256Mi' } },
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
};

/** The container with the files: its image says what it runs. */
export function site(name = 'app', image: string = shareImages.site): Container {
  return { name, image, ...restricted };
}

/** A container of another image, which has no shell either: `node` runs what is asked for. */
export function reader(name = 'web', script = 'setInterval(() => {}, 1e9)'): Container {
  return { name, image: nodeImage, args: ['-e', script], ...restricted };
}

/** Serves the files below a directory, as little more than that as nginx with its default configuration. */
export function server(name: string, directory: string): Container {
  const script = `require('http').createServer((request, response) => {
    const stream = require('fs').createReadStream(${JSON.stringify(directory)} + request.url);
    stream.on('error', () => response.writeHead(404).end()).pipe(response);
  }).listen(8080)`;
  const readinessProbe = { tcpSocket: { port: 8080 }, periodSeconds: 1 };
  return { ...reader(name, script), readinessProbe };
}

/** A Pod whose containers run as the user of the images, restricted. */
export function podOf(name: string, containers: Container[], rest: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: { app: name } }, spec: podSpec(containers, rest) };
}

export function podSpec(containers: Container[], rest: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    terminationGracePeriodSeconds: 0,
    automountServiceAccountToken: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: siteUser,
      // Without it the containers run in group 0, whatever their images say, and so would what is copied.
      runAsGroup: siteUser,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    ...rest,
    containers,
  };
}

/** The Pod with its shares, each in one line, as `bookend share` would print it. */
export function shared(pod: KubernetesObject, ...lines: string[]): KubernetesObject {
  return sharedWith(settings, pod, ...lines);
}

export function sharedWith(known: ShareSettings, pod: KubernetesObject, ...lines: string[]): KubernetesObject {
  const shares = lines.map((line) => parseShare(line));
  return applyShares({ ...pod, spec: mapOf(pod.spec) }, shares, known);
}

/** Waits until every container of the Pod is ready; the error says how far it came. */
export async function untilReady(
  { cluster, namespace }: Pick<TestBed, 'cluster' | 'namespace'>,
  name: string,
): Promise<KubernetesObject> {
  const look = () => cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name });
  return untilRight(`Pod ${name} to be ready`, look, isReady);
}

export async function remove({ lab, namespace }: TestBed, ...names: string[]): Promise<void> {
  await lab.run('kubectl', ['delete', 'pod', '-n', namespace, '--force', '--grace-period=0', ...names]);
}

/** Runs `node -p SCRIPT` in a container that has it. */
export async function node(bed: TestBed, pod: string, container: string, script: string): Promise<string> {
  return (await run(bed, pod, container, '/usr/bin/node', '-p', script)).trim();
}

/** The value that a script gives, as JSON can say it. */
export async function evaluate<T>(bed: TestBed, pod: string, container: string, script: string): Promise<T> {
  return JSON.parse(await node(bed, pod, container, `JSON.stringify(${script})`)) as T;
}

export async function run({ lab, namespace }: TestBed, pod: string, container: string, ...command: string[]): Promise<string> {
  return (await lab.run('kubectl', ['exec', '-n', namespace, pod, '-c', container, '--', ...command])).stdout;
}

/** What the container has said, of one that has ended too. */
export async function said({ lab, namespace }: TestBed, pod: string, container: string): Promise<string> {
  return (await lab.run('kubectl', ['logs', '-n', namespace, pod, '-c', container])).stdout;
}

/**
 * Everything below a directory, a line each: path, type, mode, owner, time in nanoseconds, size, where a link
 * points, digest. By two different programs, that of the machine's findutils where the container has a shell, and
 * Node where it has that; equal trees give equal lines.
 */
export async function tree(bed: TestBed, pod: string, container: string, directory: string): Promise<string[]> {
  const { namespace } = bed;
  const found = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod });
  if (containerNamed(mapOf(found?.spec), container)?.container.image === nodeImage)
    return evaluate<string[]>(bed, pod, container, nodeTree(directory));
  const format = '%P\\t%y\\t%m\\t%U:%G\\t%T@\\t%s\\t%l\\n';
  const listed = await run(bed, pod, container, '/bin/find', directory, '-mindepth', '1', '-printf', format);
  const digest = '-type f -readable -exec /bin/sha256sum {} +'.split(' ');
  const sums = await run(bed, pod, container, '/bin/find', directory, ...digest);
  const digests = new Map(
    sums.split('\n').flatMap((line) => (line ? [[line.slice(66 + directory.length + 1), line.slice(0, 64)] as const] : [])),
  );
  const lines = listed.split('\n').filter(Boolean);
  return lines
    .map((line) => {
      const [path = '', type = '', mode, owner, time = '', size, link] = line.split('\t');
      const [seconds, fraction = ''] = time.split('.');
      const digest = digests.get(path) ?? '';
      return [path, type, mode, owner, `${seconds}${fraction.slice(0, 9)}`, type === 'd' ? '' : size, link, digest].join(' ');
    })
    .sort();
}

/** Those lines as a copy has them without owners=keep: nobody gets the set-user-ID bits of others. */
export function asCopied(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^(.* f) [1-7]([0-7]{3}) (\d+:\d+ )/, '$1 $2 $3'));
}

/** One expression: `node -p` prints its value. */
function nodeTree(directory: string): string {
  return `((root) => {
    const { readdirSync, lstatSync, readlinkSync, readFileSync } = require('fs');
    const { createHash } = require('crypto');
    const sum = (file) => { try { return createHash('sha256').update(readFileSync(file)).digest('hex'); } catch { return ''; } };
    return readdirSync(root, { recursive: true }).map((path) => {
      const file = root + '/' + path;
      const { mode, uid, gid, mtimeNs, size } = lstatSync(file, { bigint: true });
      const type = { 4: 'd', 8: 'f', 10: 'l', 1: 'p' }[Number(mode >> 12n)];
      const time = String(mtimeNs).padStart(10, '0');
      const link = type === 'l' ? readlinkSync(file) : '';
      return [path, type, (Number(mode) & 0o7777).toString(8), uid + ':' + gid, time, type === 'd' ? '' : size, link, type === 'f' ? sum(file) : ''].join(' ');
    }).sort();
  })(${JSON.stringify(directory)})`;
}

/** One of the init containers of a Pod, and how it went. */
export function initStatus(pod: KubernetesObject, name: string): Record<string, unknown> {
  const statuses = listOf(fieldAt(pod, 'status', 'initContainerStatuses')).map(mapOf);
  return statuses.find((status) => status.name === name) ?? assert.fail(`Pod ${pod.metadata.name} has no init container ${name}`);
}

export function uidOf(pod: KubernetesObject): string {
  return textOf(pod.metadata.uid) ?? assert.fail('it has no UID');
}
