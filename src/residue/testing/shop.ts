/**
 * A release on the simulated cluster, as Helm would have installed it: an operator with its definition, and what it
 * made at run time. Tests uninstall it in their own ways and look at the receipt.
 */
import { makeSimulatedCluster, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { KubernetesObject, ObjectRef } from '../../objects/object.ts';
import type { ReleaseFacts } from '../release-facts.ts';
import type { Snapshot } from '../snapshot.ts';
import { takeSnapshot } from '../take-snapshot.ts';

export const release = 'shop';
export const namespace = 'shop-ns';
/** The operator's binary, by which it calls itself as a field manager. */
export const program = 'shop-keeper';

export function object(apiVersion: string, kind: string, name: string, more: Record<string, unknown> = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...more };
}

export function clusterWide(
  apiVersion: string,
  kind: string,
  name: string,
  more: Record<string, unknown> = {},
): KubernetesObject {
  return { apiVersion, kind, metadata: { name }, ...more };
}

export const definition = clusterWide('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.shop.example', {
  spec: {
    group: 'shop.example',
    scope: 'Namespaced',
    names: { kind: 'Widget', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
});

export const keeper = object('apps/v1', 'Deployment', 'keeper', {
  spec: {
    selector: { matchLabels: { app: 'keeper' } },
    template: {
      metadata: { labels: { app: 'keeper' } },
      spec: {
        nodeSelector: { 'example.org/disk': 'ssd' },
        containers: [
          {
            name: 'keeper',
            image: `registry.example/${program}:1`,
            command: [`/bin/${program}`],
            args: ['--node-label=shop.example/ready', '--tls-secret=shop-tls'],
          },
        ],
      },
    },
  },
});

export const settings = object('v1', 'ConfigMap', 'settings', { data: { a: '1' } });
export const keepMe: KubernetesObject = {
  ...object('v1', 'ConfigMap', 'kept'),
  metadata: { name: 'kept', namespace, annotations: { 'helm.sh/resource-policy': 'keep' } },
};

/** What Helm knows. */
export function facts(objects: readonly KubernetesObject[], more: Partial<ReleaseFacts> = {}): ReleaseFacts {
  return { name: release, namespace, objects: objects.map((each) => ({ object: each })), hooks: [], crds: [], ...more };
}

export type Shop = {
  simulated: SimulatedCluster;
  /** Creates as this field manager. */
  put(given: KubernetesObject, manager?: string): Promise<KubernetesObject>;
  /** As Helm does: with its annotations. */
  install(...objects: readonly KubernetesObject[]): Promise<void>;
  label(ref: ObjectRef, key: string, value: string, manager: string): Promise<void>;
  remove(...objects: readonly KubernetesObject[]): Promise<void>;
  snapshot(): Promise<Snapshot>;
};

export const node: ObjectRef = { apiVersion: 'v1', kind: 'Node', name: 'node-1' };

export async function openShop(seed = 1): Promise<Shop> {
  const simulated = makeSimulatedCluster({ seed, nodes: ['node-1'] });
  const { cluster } = simulated;
  const put: Shop['put'] = (given, manager = 'kubectl-create') => cluster.create(given, { fieldManager: manager });
  for (const name of [namespace, 'other-ns']) await put(clusterWide('v1', 'Namespace', name));
  await simulated.settle();
  return {
    simulated,
    put,
    async install(...objects) {
      for (const each of objects) await put(marked(each), 'helm');
      await simulated.settle();
    },
    async label(ref, key, value, manager) {
      await cluster.patch(ref, { type: 'merge', value: { metadata: { labels: { [key]: value } } } }, { fieldManager: manager });
    },
    async remove(...objects) {
      for (const { apiVersion, kind, metadata } of objects)
        await cluster.delete({
          apiVersion,
          kind,
          name: metadata.name,
          ...(metadata.namespace && { namespace: metadata.namespace }),
        });
      await simulated.untilQuiet(3_600_000);
    },
    snapshot: () => takeSnapshot(cluster),
  };
}

/** With the annotations of Helm for this release, or another one. */
export function marked(given: KubernetesObject, name = release, where = namespace): KubernetesObject {
  const { metadata } = given;
  const annotations = {
    ...metadata.annotations,
    'meta.helm.sh/release-name': name,
    'meta.helm.sh/release-namespace': where,
  };
  return { ...given, metadata: { ...metadata, annotations } };
}
