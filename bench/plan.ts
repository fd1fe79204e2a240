/**
 * (b) How long it takes to find who needs whom and to order it: graph and plan of 1,000 and 10,000 objects, in this
 * process.
 */

import { buildGraph } from '../src/graph/build.ts';
import type { KubernetesObject } from '../src/objects/object.ts';
import { makePlan } from '../src/plan/make-plan.ts';
import { accountOf, granted } from '../tools/lab/access.ts';
import type { Bench } from './main.ts';
import { median } from './rounds.ts';

export const plan: Bench = async ({ progress }) =>
  progress.step('plan of 1,000 and 10,000 objects', async () =>
    Object.fromEntries([1_000, 10_000].map((count) => [`objects${count}`, measure(applications(count / 10))])),
  );

function measure(objects: KubernetesObject[]) {
  const times = Array.from({ length: 9 }, () => {
    const started = performance.now();
    const graph = buildGraph({ objects });
    const graphMs = performance.now() - started;
    makePlan(graph);
    return { graphMs, allMs: performance.now() - started, edges: graph.edges.length };
  });
  const of = (key: 'graphMs' | 'allMs') => Math.round(median(times.map((each) => each[key])) * 10) / 10;
  return {
    objects: objects.length,
    edges: times[0]?.edges ?? 0,
    graphMs: of('graphMs'),
    planMs: Math.round((of('allMs') - of('graphMs')) * 10) / 10,
    totalMs: of('allMs'),
  };
}

/** Ten objects each, as charts have them: account, rights, configuration, workload, Service and what points to it. */
export function applications(count: number): KubernetesObject[] {
  return Array.from({ length: count }, (_, index): KubernetesObject[] => {
    const name = `app-${index}`;
    const metadata = { name, namespace: `ns-${index % 20}` };
    const labels = { app: name };
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }];
    return [
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata },
      { apiVersion: 'v1', kind: 'Secret', metadata },
      ...granted('Role', metadata, rules, accountOf(name, metadata.namespace)),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata,
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              serviceAccountName: name,
              containers: [{ name: 'app', image: 'app', envFrom: [{ secretRef: { name } }] }],
              volumes: [{ name: 'config', configMap: { name } }],
            },
          },
        },
      },
      { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: labels, ports: [{ port: 80 }] } },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata,
        spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name } },
      },
      { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec: { selector: { matchLabels: labels } } },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata,
        spec: {
          rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }] } }],
        },
      },
    ];
  }).flat();
}
