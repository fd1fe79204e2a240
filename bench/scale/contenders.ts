/** The tools that remove all applications, each in its own way. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { inTurns } from '../../src/cluster/in-turns.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import type { Lab } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { run } from '../../tools/local-cluster/machine/command.ts';
import { chartDirectory, manifestFile } from '../manifests.ts';
import { operatorFigures } from '../operator-figures.ts';
import { published } from '../published.ts';
import type { RawClient } from '../raw-client.ts';
import { removed } from '../stage.ts';
import { applicationKinds, ourLabel, type Tenant } from './applications.ts';
import { clientRequests } from './client.ts';

export type Contender = {
  name: string;
  /** Has all objects created. It need not wait for their Pods. */
  install: () => Promise<void>;
  /** Resolves when the tool says that it is done. */
  remove: () => Promise<void>;
  /** How many requests the tool has made so far; absent where nobody knows. */
  requests?: () => Promise<number>;
};

export type Setup = {
  lab: Lab;
  raw: RawClient;
  tenants: readonly Tenant[];
  /** For the tools. */
  kubeconfig: string;
  directory: string;
};

/** Only a benchmark that hangs takes an hour. */
const patienceMs = 3_600_000;

export async function contenders(setup: Setup): Promise<Contender[]> {
  return [namespaces(setup), operator(setup), ...(await commandLine(setup)), kubectl(setup), helm(setup)];
}

/** Those with aims. */
export const ours = ['operator', 'bookend uninstall', 'bookend delete'];

/** The base of the ratios: Kubernetes removes everything in a namespace at once, in no order. */
export const base = 'namespaces';

function namespaces({ lab, raw, tenants }: Setup): Contender {
  return {
    name: base,
    install: () => applyAll(raw, tenants),
    remove: async () => {
      const query = { apiVersion: 'v1', kind: 'Namespace', labelSelector: ourLabel };
      await removed(lab.cluster, query, () => raw.delete(tenants.map(namespaceOf)), patienceMs);
    },
  };
}

/** One ClusterOperator for each namespace. */
function operator({ lab, raw, tenants }: Setup): Contender {
  const { cluster } = lab;
  const resources = tenants.map(({ namespace, objects }) => ({
    ...clusterOperatorKind,
    metadata: { name: namespace },
    spec: { namespace, components: [{ name: 'all', objects }] },
  }));
  return {
    name: 'operator',
    install: async () => {
      await raw.apply(tenants.map(namespaceOf));
      await inTurns(4, resources, (resource) => cluster.create(resource));
      const waits = (object: KubernetesObject) => ((object as ClusterOperator).status?.phase === 'Ready' ? undefined : object);
      const query = { ...clusterOperatorKind, keep: waits };
      await until('all to be ready', async () => (await cluster.list(query)).items.length === 0, patienceMs, 2_000);
    },
    remove: async () => {
      await removed(cluster, clusterOperatorKind, () => raw.delete(resources), patienceMs);
    },
    requests: async () => {
      const { writes, reads, watches } = await operatorFigures(lab);
      return writes + reads + watches;
    },
  };
}

async function commandLine({ raw, tenants, kubeconfig, directory }: Setup): Promise<Contender[]> {
  const place = join(directory, 'package');
  mkdirSync(place);
  const program = await published(place);
  const file = manifestFile(
    directory,
    tenants.flatMap(({ objects }) => objects),
  );
  const bookend = async (...args: string[]) => void (await run(process.execPath, [program, ...args, '--kubeconfig', kubeconfig]));
  const targets = applicationKinds.map(({ resource }) => ({ kind: resource, selector: ourLabel }));
  const common = { install: () => applyAll(raw, tenants), requests: () => clientRequests(raw) };
  return [
    { name: 'bookend uninstall', ...common, remove: () => bookend('uninstall', '-f', file, '--yes') },
    {
      name: 'bookend delete',
      ...common,
      remove: () => bookend('delete', '--order', 'Needs', '--targets', JSON.stringify(targets)),
    },
  ];
}

/**
 * Without its wait: at 5 requests a second, the default of its client, it would find out late what the observer sees at
 * once.
 */
function kubectl({ lab, raw, tenants, kubeconfig, directory }: Setup): Contender {
  const file = manifestFile(
    directory,
    tenants.flatMap(({ objects }) => objects),
  );
  return {
    name: 'kubectl',
    install: () => applyAll(raw, tenants),
    remove: async () => {
      await lab.run('kubectl', ['delete', '--wait=false', '--kubeconfig', kubeconfig, '-f', file], { timeoutMs: patienceMs });
    },
    requests: () => clientRequests(raw),
  };
}

/** A release for each namespace, one after the other, as a person or a script would. */
function helm({ lab, raw, tenants, kubeconfig, directory }: Setup): Contender {
  const eachRelease = async (argsFor: (tenant: Tenant) => string[]) => {
    for (const tenant of tenants) {
      const args = [...argsFor(tenant), '--kubeconfig', kubeconfig, '-n', tenant.namespace];
      await lab.run('helm4', args, { timeoutMs: patienceMs });
    }
  };
  return {
    name: 'helm4',
    install: async () => {
      await raw.apply(tenants.map(namespaceOf));
      await eachRelease(({ namespace, objects }) => ['install', namespace, chartDirectory(directory, namespace, objects)]);
    },
    remove: () => eachRelease(({ namespace }) => ['uninstall', namespace]),
    requests: () => clientRequests(raw),
  };
}

function namespaceOf({ namespace }: Tenant): KubernetesObject {
  const [key = '', value = ''] = ourLabel.split('=');
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { [key]: value } } };
}

/** The namespaces are created first. */
async function applyAll(raw: RawClient, tenants: readonly Tenant[]): Promise<void> {
  await raw.apply(tenants.map(namespaceOf));
  await raw.apply(tenants.flatMap(({ objects }) => objects));
}
