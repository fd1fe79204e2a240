/** Brings a cluster up from whatever state it is in: running, damaged, crashed or not there at all. */
import { join } from 'node:path';
import { BookendError } from '../../../src/errors.ts';
import type { ComponentFlags, Specification } from '../configuration/specification.ts';
import { ensurePauseImage } from '../images/containerd.ts';
import { withLock } from '../machine/lock.ts';
import { ensurePackages, networkPlugins } from '../machine/packages.ts';
import { clusterPaths, lockRoot } from '../machine/paths.ts';
import { requireLinuxRoot } from '../machine/platform.ts';
import { isNetworkIntact, makeNetwork, networksInUse, removeNetwork } from '../network/network.ts';
import { freeSubnet, subnet } from '../network/subnets.ts';
import { buildHelms, buildPrograms } from '../programs/build.ts';
import { duration, type Progress } from '../progress.ts';
import { kubernetesRelease, newestKubernetes } from '../versions.ts';
import { lastWordsOfEnded, startCluster } from './components.ts';
import { destroy, killEverything } from './destroy.ts';
import { problems } from './inspect.ts';
import { prepare } from './prepare.ts';
import { allRecords, type ClusterRecord, checkName, commandFor, readRecord, specificationOf, writeRecord } from './record.ts';

export type LocalUpOptions = {
  name: string;
  /** A version as `kubernetesRelease` understands it; by default that of the running cluster, or the newest. */
  kubernetes?: string | undefined;
  /** Only for a cluster that does not exist yet: one that does keeps its own. */
  flags?: ComponentFlags;
  /** Whether Helm 3 must be there, too. */
  helm3: boolean;
  progress: Progress;
};

export type LocalUpResult = {
  specification: Specification;
  /** `unchanged`: it was ready; `repaired`: what did not run was started again, with its data; `created`: it is new. */
  outcome: 'unchanged' | 'repaired' | 'created';
  /**
   * From the start of the first component until the cluster could be used, in milliseconds; building is not part of it.
   */
  readyMs: number;
};

/**
 * How long a cluster may take to come up, in milliseconds: seconds in truth, but other work may keep the machine busy.
 */
const readyTimeoutMs = 180_000;

/** How long starting only what is missing may take, in milliseconds, before everything is started again. */
const repairTimeoutMs = 60_000;

/** Makes sure that the local cluster runs and can be used. Two calls for one cluster wait for each other. */
export async function upLocal(options: LocalUpOptions): Promise<LocalUpResult> {
  const { name, progress } = options;
  requireLinuxRoot();
  checkName(name);
  const waits = () => progress.line(`Another process changes the cluster ${name}: waiting for it`);
  return withLock(clusterPaths(name).lock, async () => (await alreadyUp(options)) ?? (await bringBackOrMake(options)), waits);
}

/** Undefined when there is no such cluster, or something is wrong with it. */
async function alreadyUp({ name, kubernetes, helm3, progress }: LocalUpOptions): Promise<LocalUpResult | undefined> {
  const wanted = kubernetes === undefined ? undefined : kubernetesRelease(kubernetes);
  const record = readRecord(name);
  if (!record) return undefined;
  if (wanted !== undefined && record.kubernetes !== wanted) throw otherVersion(record, wanted);
  const specification = specificationOf(record);
  const found = await problems(specification);
  if (found.length === 0) {
    // Whoever made the cluster may not have needed it.
    if (helm3) await buildHelms(record.kubernetes, progress);
    return { specification, outcome: 'unchanged', readyMs: 0 };
  }
  progress.line(`The cluster ${name} needs repair: ${found.join('; ')}`);
  for (const line of lastWordsOfEnded(name)) progress.line(`  ${line}`);
  return undefined;
}

async function bringBackOrMake({ name, kubernetes, flags, helm3, progress }: LocalUpOptions): Promise<LocalUpResult> {
  const record = readRecord(name);
  const release = record?.kubernetes ?? kubernetesRelease(kubernetes ?? newestKubernetes);
  await ensurePackages(progress);
  const programs = await buildPrograms(release, progress, { helm3 });
  const plugins = networkPlugins();
  if (plugins === undefined)
    throw new BookendError('unsupported', 'The network plug-ins (package containernetworking-plugins) are missing');
  if (record) {
    const repaired = { ...record, programs, networkPlugins: plugins };
    writeRecord(repaired);
    const result = await repair(specificationOf(repaired), progress);
    if (result) return result;
  }
  await destroy(name);
  const created = { name, kubernetes: release, programs, networkPlugins: plugins, ...(flags && { flags }) };
  return await bringUp(specificationOf(await allocate(created, progress)), 'created', readyTimeoutMs, progress);
}

/** Tries to bring an existing cluster back with its objects, the gentlest way first; undefined when nothing helps. */
async function repair(specification: Specification, progress: Progress): Promise<LocalUpResult | undefined> {
  const { name } = specification;
  try {
    return await bringUp(specification, 'repaired', repairTimeoutMs, progress);
  } catch (error) {
    progress.line(`That was not enough, all components of ${name} are started again: ${reasonOf(error)}`);
  }
  try {
    // A component may live and yet hang, and a network may be damaged in ways that do not show.
    await killEverything(name);
    await removeNetwork(specification.paths, specification.subnet);
    return await bringUp(specification, 'repaired', readyTimeoutMs, progress);
  } catch (error) {
    progress.line(`The cluster ${name} cannot be repaired and starts anew, without its objects: ${reasonOf(error)}`);
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Gives a new cluster its addresses and writes it down before anything of it exists. */
async function allocate(cluster: Omit<ClusterRecord, 'subnetNumber'>, progress: Progress): Promise<ClusterRecord> {
  const choose = async () => {
    const others = allRecords().map(({ subnetNumber }) => subnet(subnetNumber).range);
    const record = { ...cluster, subnetNumber: freeSubnet([...others, ...(await networksInUse())]).number };
    writeRecord(record);
    return record;
  };
  const waits = () => progress.line('Another process chooses addresses: waiting for it');
  return withLock(join(lockRoot, '.addresses.lock'), choose, waits);
}

async function bringUp(
  specification: Specification,
  outcome: 'repaired' | 'created',
  timeoutMs: number,
  progress: Progress,
): Promise<LocalUpResult> {
  const { name, kubernetes, paths } = specification;
  const started = performance.now();
  await progress.step(`Starting Kubernetes ${kubernetes} (cluster ${name})`, async (detail) => {
    if (!(await isNetworkIntact(paths, specification.subnet))) {
      // What runs in a lost network can never be reached again.
      await killEverything(name);
      await makeNetwork(paths, specification.subnet);
    }
    await prepare(specification);
    await startCluster(specification, timeoutMs, detail);
    await ensurePauseImage(specification);
  });
  const readyMs = performance.now() - started;
  progress.line(`Node ${name} is Ready ${duration(readyMs)} after the start`);
  return { specification, outcome, readyMs };
}

function otherVersion({ name, kubernetes }: ClusterRecord, wanted: string): BookendError {
  return new BookendError('bad-input', `The cluster ${name} runs Kubernetes ${kubernetes}, not ${wanted}`, {
    field: '--kubernetes',
    advice: `Take it down first (${commandFor('down', name)}), or start another one beside it with --name.`,
  });
}
