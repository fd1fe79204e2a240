/**
 * A registry on the node of the local cluster, as a release is pushed to one: container runtimes speak plain HTTP to
 * 127.0.0.1, and the machine reaches it at the node's address.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MultiArchitectureImage } from '../../tools/image/multi-architecture.ts';
import { until } from '../../tools/lab/observe.ts';
import { environment, silent } from '../../tools/local-cluster/index.ts';
import { clusterPaths } from '../../tools/local-cluster/machine/paths.ts';
import { buildRegistry } from '../../tools/local-cluster/programs/build.ts';

const port = 5079;

export type LocalRegistry = {
  /** What nodes pull from: `127.0.0.1:5079`. */
  forNodes: string;
  /** The same registry from this machine. */
  forHelm: string;
  /** @param name below the registry: `bookend` */
  push(name: string, tag: string, image: MultiArchitectureImage): Promise<void>;
  /** What was asked of it, one line for each request. */
  requests(): string;
  close(): Promise<void>;
};

/** @param cluster the name of a local cluster */
export async function startRegistry(cluster: string): Promise<LocalRegistry> {
  const program = await buildRegistry(silent);
  const directory = mkdtempSync(join(tmpdir(), 'bookend-registry-'));
  const configuration = join(directory, 'config.json');
  writeFileSync(
    configuration,
    JSON.stringify({
      version: 0.1,
      storage: { filesystem: { rootdirectory: join(directory, 'content') } },
      http: { addr: `0.0.0.0:${port}` },
    }),
  );
  const network = clusterPaths(cluster).networkNamespace;
  const child = spawn('nsenter', [`--net=${network}`, '--', program, 'serve', configuration], {
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (log += String(chunk)));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const forHelm = `${new URL(environment(cluster).server).hostname}:${port}`;
  const address = `http://${forHelm}/v2`;
  await until('the registry to answer', async () => {
    if (child.exitCode !== null) throw new Error(`the registry ended:\n${log}`);
    return await fetch(`${address}/`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  return {
    forNodes: `127.0.0.1:${port}`,
    forHelm,
    push: (name, tag, image) => push(`${address}/${name}`, tag, image),
    requests: () => log,
    async close() {
      child.kill();
      await ended;
      rmSync(directory, { recursive: true });
    },
  };
}

/** OCI distribution-spec 1.1, "Push": blobs in one piece each, then manifests, of which the last one gets the tag. */
async function push(address: string, tag: string, { blobs }: MultiArchitectureImage): Promise<void> {
  for (const { mediaType, digest, content } of blobs) {
    const isManifest = /\.(manifest|index)\.v1\+json$/.test(mediaType);
    const isLast = digest === blobs.at(-1)?.digest;
    const target = isManifest ? `${address}/manifests/${isLast ? tag : digest}` : await uploadOf(address, digest);
    const headers = { 'content-type': isManifest ? mediaType : 'application/octet-stream' };
    const { status } = await fetch(target, { method: 'PUT', headers, body: new Uint8Array(content) });
    if (status !== 201) throw new Error(`PUT ${target} answers ${status}`);
  }
}

async function uploadOf(address: string, digest: string): Promise<URL> {
  const { headers } = await fetch(`${address}/blobs/uploads/`, { method: 'POST' });
  const location = new URL(headers.get('location') ?? '', address);
  location.searchParams.set('digest', digest);
  return location;
}
