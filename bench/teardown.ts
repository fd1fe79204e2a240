/**
 * (a) Real teardowns against their critical path: a chain of 5 layers, and one base with 8 independent layers on it.
 * Each layer is a Deployment whose preStop hook takes 1 s and calls the API, with its account, role, binding and
 * configuration.
 */

import { idOf } from '../src/objects/identity.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { planFromStatus } from '../src/operator/plan-status.ts';
import { criticalPath } from '../src/plan/critical-path.ts';
import type { Plan } from '../src/plan/plan.ts';
import { type ClusterOperator, clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import { inventoryOf } from '../src/resource/status/inventory.ts';
import { accountOf, granted } from '../tools/lab/access.ts';
import type { Lab } from '../tools/lab/lab.ts';
import { bystander, failedPreStopHooks, until } from '../tools/lab/observe.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { endingMs } from './endings.ts';
import type { Bench } from './main.ts';
import { difference, operatorFigures } from './operator-figures.ts';
import { figures, turns } from './rounds.ts';
import { agentImage, clusterOperator, install, namespace, withBookend } from './stage.ts';

export const teardown: Bench = async ({ lab, progress, quick, rounds = quick ? 1 : 5 }) => {
  const opened = await lab();
  return withBookend(opened, progress, () => shapesInTurns(rounds, progress, 'teardown', (layers) => measure(opened, layers)));
};

export type Layer = { name: string; dependsOn: string[] };

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const chain: Layer[] = numbers(5).map((index) => ({
  name: `layer-${index}`,
  dependsOn: index > 1 ? [`layer-${index - 1}`] : [],
}));
const star: Layer[] = [
  { name: 'base', dependsOn: [] },
  ...numbers(8).map((index) => ({ name: `leaf-${index}`, dependsOn: ['base'] })),
];

/** Both shapes in each round. @param what stands in front of them in the progress */
export async function shapesInTurns<Key extends string>(
  rounds: number,
  progress: Progress,
  what: string,
  measureOne: (layers: Layer[]) => Promise<Record<Key, number>>,
) {
  const shapes = [
    { name: 'chain', title: 'a chain of 5 layers', layers: chain, measured: [] as Record<Key, number>[] },
    { name: 'star', title: 'a base with 8 independent layers', layers: star, measured: [] as Record<Key, number>[] },
  ];
  for (let round = 0; round < rounds; round++) {
    for (const { title, layers, measured } of turns(shapes, round)) {
      const label = `round ${round + 1} of ${rounds}: ${what} of ${title}`;
      measured.push(await progress.step(label, () => measureOne(layers)));
    }
  }
  return { rounds, ...Object.fromEntries(shapes.map(({ name, measured }) => [name, figures(measured)])) };
}

async function measure(lab: Lab, layers: Layer[]) {
  const { cluster } = lab;
  const name = 'bench-teardown';
  const resource = clusterOperator(
    name,
    layers.map((layer) => ({ ...layer, objects: layerObjects(layer.name) })),
  );
  const installMs = await install(cluster, resource);
  let order: Plan = { steps: [] };
  const status = cluster.watch(clusterOperatorKind, {
    replace: () => {},
    changed: (object) => {
      const { status } = object as ClusterOperator;
      if (status?.teardown) order = planFromStatus(status.teardown, inventoryOf(status));
    },
    removed: () => {},
  });
  const watcher = bystander(cluster, [clusterOperatorKind, ...layerKinds]);
  await watcher.synced();
  const before = await operatorFigures(lab);
  await cluster.delete({ ...clusterOperatorKind, name });
  const seen = (what: string, id: string) =>
    watcher.sightings.find((each) => each.what === what && idOf(each.object) === id)?.atMs;
  const self = `ClusterOperator.bookend.dev/${name}`;
  const end = await until('the ClusterOperator to be gone', async () => seen('gone', self), 300_000, 20);
  const requests = difference(await operatorFigures(lab), before);
  watcher.close();
  status.close();
  const path = criticalPath(order, ({ id }) => endingMs(watcher.sightings, id));
  const wallMs = end - (seen('terminating', self) ?? 0);
  const objects = layers.length * 5;
  return {
    objects,
    installMs: Math.round(installMs),
    wallMs: Math.round(wallMs),
    criticalPathMs: Math.round(path.totalMs),
    criticalPathSteps: path.steps.length,
    overheadMsPerStep: Math.round((wallMs - path.totalMs) / path.steps.length),
    overheadPercent: Math.round(((wallMs - path.totalMs) / path.totalMs) * 1000) / 10,
    writes: requests.writes ?? 0,
    reads: requests.reads ?? 0,
    watches: requests.watches ?? 0,
    failedPreStopHooks: (await failedPreStopHooks(cluster, namespace)).length,
  };
}

/** What a layer is made of, for a bystander. */
export const layerKinds = [
  ['apps/v1', 'Deployment'],
  ['v1', 'ServiceAccount'],
  ['v1', 'ConfigMap'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['v1', 'Pod'],
].map(([apiVersion = '', kind = '']) => ({
  apiVersion,
  kind,
  metadataOnly: true,
  ...(kind.startsWith('Cluster') ? {} : { namespace }),
}));

export function layerObjects(name: string): KubernetesObject[] {
  const labels = { app: name };
  const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['patch'] }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { pause: '1000' } },
    ...granted('ClusterRole', { name: `bench-${name}` }, rules, accountOf(name, namespace)),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            terminationGracePeriodSeconds: 20,
            containers: [
              {
                name: 'agent',
                image: agentImage,
                args: ['/app/agent.mjs'],
                env: [
                  { name: 'NODE_NAME', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
                  { name: 'LABEL', value: `bench.bookend.dev/${name}` },
                  { name: 'PAUSE_MS', valueFrom: { configMapKeyRef: { name, key: 'pause' } } },
                ],
                readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 },
                lifecycle: { preStop: { exec: { command: ['/usr/bin/node', '/app/clean.mjs'] } } },
              },
            ],
          },
        },
      },
    },
  ];
}
