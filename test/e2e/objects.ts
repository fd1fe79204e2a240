/**
 * The objects that the end-to-end tests are made of. The Pods run the image of the examples: on their way out they work
 * for a while and then enter themselves into a ledger (a ConfigMap) through the API, which needs their account, role
 * and binding until that moment.
 */

import type { KubernetesObject } from '../../src/objects/object.ts';
import { type ClusterOperator, type ClusterOperatorSpec, clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { accountOf, granted } from '../../tools/lab/access.ts';

export const image = 'registry.bookend.dev/examples/node-agent:0.1.0';
/** Where stopped Pods enter themselves. */
export const ledger = 'ledger';

type Component = { name: string; dependsOn?: string[]; objects: KubernetesObject[] };

/** All of them in one component. */
export function inOne(...objects: KubernetesObject[]): Component[] {
  return [{ name: 'all', objects }];
}

export function clusterOperator(
  name: string,
  namespace: string,
  components: Component[],
  rest: Partial<ClusterOperatorSpec> = {},
): ClusterOperator {
  return { ...clusterOperatorKind, metadata: { name }, spec: { namespace, ...rest, components } as ClusterOperatorSpec };
}

/** The usual one: an account with its rights, and a workload that needs them until its last Pod has stopped. */
export function agentWithAccess(
  name: string,
  namespace: string,
  { workload = {}, ...rest }: Partial<ClusterOperatorSpec> & { workload?: WorkloadOptions } = {},
): ClusterOperator {
  const components = [
    { name: 'access', objects: access(name, namespace) },
    { name: 'agent', objects: [workloadOf(name, workload)] },
  ];
  return clusterOperator(name, namespace, components, rest);
}

export function configMap(name: string, data: Record<string, string> = {}, namespace?: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...(namespace && { namespace }) }, data };
}

/** An account that may write into the ledger. */
export function access(name: string, namespace: string): KubernetesObject[] {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [ledger], verbs: ['patch'] }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } },
    ...granted('Role', { name }, rules, accountOf(name, namespace)),
  ];
}

export type WorkloadOptions = {
  kind?: 'DaemonSet' | 'Deployment';
  /** How long the preStop hook works before it calls the API, in seconds. */
  stopSeconds?: number;
  /** `terminationGracePeriodSeconds` */
  graceSeconds?: number;
  /** ConfigMap that the Pods read as environment, so that they need it. */
  settings?: string;
  /** Seconds until a Pod is ready. */
  readyAfterSeconds?: number;
};

export function workloadOf(
  name: string,
  { kind = 'DaemonSet', stopSeconds = 1, graceSeconds = 30, settings, readyAfterSeconds = 0 }: WorkloadOptions = {},
): KubernetesObject {
  const labels = { app: name };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      selector: { matchLabels: labels },
      ...(kind === 'DaemonSet' && { updateStrategy: { rollingUpdate: { maxUnavailable: '100%' } } }),
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          terminationGracePeriodSeconds: graceSeconds,
          tolerations: [{ operator: 'Exists' }],
          containers: [
            {
              name: 'agent',
              image,
              args: ['/app/widget.mjs'],
              env: [
                { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
                { name: 'LEDGER', value: ledger },
                { name: 'PAUSE_MS', value: String(stopSeconds * 1000) },
              ],
              ...(settings && { envFrom: [{ configMapRef: { name: settings } }] }),
              readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1, initialDelaySeconds: readyAfterSeconds },
              lifecycle: { preStop: { exec: { command: ['/usr/bin/node', '/app/widget-stop.mjs'] } } },
              resources: { requests: { cpu: '10m', memory: '32Mi' } },
            },
          ],
        },
      },
    },
  };
}
