/**
 * A cluster to try things on, with the programs that people use on it. The demo, the end-to-end tests and the
 * benchmarks all work through this; it is the local cluster unless an existing one is named.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/cluster/clock.ts';
import type { RequestInfo } from '../../src/cluster/kube/open.ts';
import { type KubeCluster, openCluster } from '../../src/cluster/kube/open.ts';
import { buildImages } from '../image/build.ts';
import { checkExisting, kubeconfigOfExisting, loadIntoExisting } from '../local-cluster/cluster/existing.ts';
import { defaultClusterName, loadImage, type Progress, silent, type UpOptions, up } from '../local-cluster/index.ts';

export type HelmVersion = 'helm3' | 'helm4';
export type Output = { code: number; stdout: string; stderr: string };

export type Lab = {
  /** Name of the local cluster, undefined for an existing one. */
  local: string | undefined;
  cluster: KubeCluster;
  kubeconfig: string;
  /** The directory with kubectl, helm3 and helm4 of the local cluster; undefined for an existing one. */
  bin: string | undefined;
  /** Runs a program of the cluster's; fails when it ends with another code than 0. */
  run(
    program: 'kubectl' | HelmVersion | 'ctr',
    args: string[],
    options?: { input?: string; timeoutMs?: number },
  ): Promise<Output>;
  /** The same, but the caller looks at the code. */
  attempt(
    program: 'kubectl' | HelmVersion | 'ctr',
    args: string[],
    options?: { input?: string; timeoutMs?: number },
  ): Promise<Output>;
  /** Brings an image into the cluster, unless this very image is there. */
  load(image: { name: string; tar: string; digest: string }): Promise<void>;
  /** Opens the cluster once more, with connections of its own. */
  open(options?: { onRequest?: (info: RequestInfo) => void; clock?: Clock }): Promise<KubeCluster>;
  close(): Promise<void>;
};

export type LabOptions = {
  /** Of the local cluster. */
  name?: string;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  /** Of the local cluster, if it does not run yet. */
  flags?: UpOptions['flags'];
  /** Of the local cluster: whether Helm 3 is needed. Default: yes. */
  helm3?: boolean;
  progress?: Progress;
};

/** The repository's root. */
export const root = join(import.meta.dirname, '..', '..');

/** Makes sure that the cluster runs and has our images, and opens it. */
export async function openLab({
  name = defaultClusterName,
  kubeconfig,
  context,
  flags,
  helm3 = true,
  progress = silent,
}: LabOptions = {}): Promise<Lab> {
  const named = kubeconfig ?? process.env.BOOKEND_KUBECONFIG;
  const wanted = context ?? process.env.BOOKEND_CONTEXT;
  if (named || wanted) return await existingLab({ kubeconfig: named, context: wanted }, progress);
  const { environment } = await up({ name, ...(flags && { flags }), helm3, progress });
  return await labOf(name, environment.kubeconfig, environment.bin, (tar) => loadImage(name, tar));
}

async function existingLab(
  existing: { kubeconfig: string | undefined; context: string | undefined },
  progress: Progress,
): Promise<Lab> {
  const { context } = await checkExisting(existing);
  for (const image of await buildImages({ progress: (line) => progress.line(line) })) {
    await progress.step(`Loading the image ${image.name} into ${context}`, () => loadIntoExisting(existing, image.tar));
  }
  const load = (tar: string) => loadIntoExisting(existing, tar);
  return await labOf(undefined, await kubeconfigOfExisting(existing), undefined, load);
}

async function labOf(
  local: string | undefined,
  kubeconfig: string,
  bin: string | undefined,
  load: (tar: string) => Promise<unknown>,
): Promise<Lab> {
  const cluster = await openCluster({ kubeconfig });
  const attempt: Lab['attempt'] = (program, args, options = {}) => {
    const command = bin ? join(bin, program) : program.replace(/^helm[34]$/, 'helm');
    const env = {
      ...process.env,
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: helmHome(),
      HELM_CONFIG_HOME: helmHome(),
      HELM_DATA_HOME: helmHome(),
    };
    return execute(command, args, env, options);
  };
  return {
    local,
    cluster,
    kubeconfig,
    bin,
    attempt,
    async run(program, args, options) {
      const output = await attempt(program, args, options);
      if (output.code === 0) return output;
      throw new Error(`${program} ${args.join(' ')} ended with ${output.code}:\n${output.stderr}${output.stdout}`);
    },
    async load({ name, tar, digest }) {
      // Another cluster's images cannot be looked at, but its tools notice themselves what is there.
      const present = local ? (await attempt('ctr', ['images', 'list', `name==${name}`])).stdout : '';
      if (!present.includes(digest)) await load(tar);
    },
    open: (options = {}) => openCluster({ kubeconfig, ...options }),
    close: () => cluster.close(),
  };
}

/** Helm must not see the plugins and repositories of whoever runs this. */
let home: string | undefined;
function helmHome(): string {
  home ??= mkdtempSync(join(tmpdir(), 'bookend-helm-'));
  return home;
}

function execute(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  { input, timeoutMs = 300_000 }: { input?: string; timeoutMs?: number },
): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { env, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number' && !error.killed) reject(error);
      else resolve({ code: error ? (typeof error.code === 'number' ? error.code : 124) : 0, stdout, stderr });
    });
    if (input !== undefined) child.stdin?.end(input);
  });
}
