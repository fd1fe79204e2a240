/**
 * The same question for a program that does not stay: what the operator found is read, and tried here only when that is
 * asked for.
 */
import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { ImageVolumes } from '../share/share.ts';
import { eligibleNodes } from './eligible.ts';
import { configMapKind, type Findings, findingOf, findingsName, readFindings } from './finding.ts';
import { judge } from './judge.ts';
import { factsOf, type NodeFacts } from './node.ts';
import { type Pool, poolsOf } from './pools.ts';
import { probe } from './probe.ts';
import type { ProbeSettings } from './probe-pod.ts';
import { nodeSupport, serverSupport } from './support.ts';

export type ImageVolumesOptions = {
  /**
   * Of the operator, where it keeps what it found. Absent: that of the release that brought the definition of
   * ClusterOperators, or bookend-system.
   */
  operatorNamespace?: string;
  /**
   * Make a Pod for each pool of nodes of which the operator does not say that it works, and take it away again. Absent:
   * nothing is made.
   */
  probe?: ProbeSettings & {
    clock: Clock;
    signal?: AbortSignal;
    /** Told before each. */
    onProbe?(pool: Pool): void;
  };
};

/**
 * Whether image volumes may be counted on for a Pod. Needs `list` on nodes and `get` on the operator's ConfigMap; where
 * a right is missing the reason says so. With `probe` also `create`, `get` and `delete` on Pods of its namespace.
 *
 * @param spec of the Pod or the Pod template
 * @throws BookendError `unreachable`, `unauthorized`
 */
export async function imageVolumesOf(
  cluster: Cluster,
  spec: Readonly<Record<string, unknown>>,
  { operatorNamespace, probe: trial }: ImageVolumesOptions = {},
): Promise<ImageVolumes> {
  const version = await cluster.version();
  const nodes = await allowed(async () => (await cluster.list({ apiVersion: 'v1', kind: 'Node' })).items.map(factsOf));
  if ('refused' in nodes) return { known: false, reason: `the nodes of the cluster may not be looked at: ${nodes.refused}` };
  const namespace = operatorNamespace ?? (await releaseNamespace(cluster));
  const configMap = await allowed(() => cluster.get({ ...configMapKind, namespace, name: findingsName }));
  const stored = 'refused' in configMap ? new Map() : readFindings(configMap.value);
  const findings = trial ? await withTrials(cluster, version, eligibleNodes(nodes.value, spec), stored, trial) : stored;
  const judged = judge({ version, nodes: nodes.value, findings }, spec);
  // Without a word of the operator nothing was found because nobody looked, or nobody may look.
  if (judged.known || trial || ('value' in configMap && configMap.value)) return judged;
  return { known: false, reason: `${judged.reason}; ${absence(configMap, namespace)}` };
}

/** Helm writes it onto everything that is in a release. */
async function releaseNamespace(cluster: Cluster): Promise<string> {
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    name: 'clusteroperators.bookend.dev',
  };
  const found = await allowed(() => cluster.get(definition));
  const release = 'value' in found ? found.value?.metadata.annotations?.['meta.helm.sh/release-namespace'] : undefined;
  // As the chart's documentation has it.
  return release || 'bookend-system';
}

type Allowed<T> = { value: T } | { refused: string };

async function allowed<T>(read: () => Promise<T>): Promise<Allowed<T>> {
  try {
    return { value: await read() };
  } catch (error) {
    if (isCode(error, 'forbidden')) return { refused: error.message };
    throw error;
  }
}

function absence(configMap: Allowed<KubernetesObject | undefined>, namespace: string): string {
  if ('refused' in configMap) return `what the operator found may not be read: ${configMap.refused}`;
  return `an operator writes what it found into ConfigMap ${namespace}/${findingsName}, and there is none`;
}

async function withTrials(
  cluster: Cluster,
  version: string,
  eligible: readonly NodeFacts[],
  stored: Findings,
  { clock, signal, onProbe, ...settings }: NonNullable<ImageVolumesOptions['probe']>,
): Promise<Findings> {
  const findings = new Map(stored);
  if (!serverSupport(version).expected) return findings;
  const open = poolsOf(eligible).filter((pool) => findingOf(findings, pool)?.outcome !== 'works');
  for (const pool of open) {
    if (!pool.nodes.every((node) => nodeSupport(node).expected)) continue;
    onProbe?.(pool);
    const result = await probe(cluster, clock, pool, settings, signal);
    if (result) findings.set(pool.key, { pool: pool.description, ...result, at: clock.now(), tries: 1 });
  }
  return findings;
}
