/** Objects that the tests of the command line use over and over. */

import { annotations } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';

export function namespace(name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

export function account(namespaceName: string, name: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace: namespaceName } };
}

export function configMap(namespaceName: string, name: string, labels: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: namespaceName, labels } };
}

/** A role with rules, and its binding to the account of the same name. */
export function roleWithBinding(namespaceName: string, name: string, rules: unknown[]): KubernetesObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name, namespace: namespaceName };
  return [
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace: namespaceName }],
    },
  ];
}

/** The same for the whole cluster. */
export function clusterRoleWithBinding(account: { namespace: string; name: string }, rules: unknown[]): KubernetesObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: account.name };
  return [
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata, rules },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: account.name },
      subjects: [{ kind: 'ServiceAccount', ...account }],
    },
  ];
}

export type PodOptions = {
  serviceAccountName?: string;
  /** How long the preStop hook takes. */
  preStopMs?: number;
  /** What it then asks of the API server: `verb resource namespace`. */
  preStopNeeds?: string;
  /** Default 30. */
  graceSeconds?: number;
};

/** A workload of one container. */
export function workload(kind: string, namespaceName: string, name: string, options: PodOptions = {}): KubernetesObject {
  const { serviceAccountName, preStopMs, preStopNeeds, graceSeconds = 30 } = options;
  const hooked = preStopMs !== undefined || preStopNeeds !== undefined;
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: namespaceName },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name },
          annotations: {
            ...(preStopMs !== undefined && { [annotations.preStopMs]: String(preStopMs) }),
            ...(preStopNeeds !== undefined && { [annotations.preStopNeeds]: preStopNeeds }),
          },
        },
        spec: {
          ...(serviceAccountName && { serviceAccountName }),
          terminationGracePeriodSeconds: graceSeconds,
          containers: [
            {
              name: 'main',
              image: 'example.com/main:1',
              ...(hooked && { lifecycle: { preStop: { exec: { command: ['/clean'] } } } }),
            },
          ],
        },
      },
    },
  };
}

/** A CustomResourceDefinition of example.com/v1. */
export function definition(kind: string, scope: 'Namespaced' | 'Cluster' = 'Namespaced'): KubernetesObject {
  const plural = `${kind.toLowerCase()}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), shortNames: [kind.slice(0, 2).toLowerCase()] },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

/** A custom resource of example.com/v1. */
export function custom(kind: string, name: string, namespaceName?: string, finalizers: string[] = []): KubernetesObject {
  const metadata = { name, ...(namespaceName && { namespace: namespaceName }), ...(finalizers.length > 0 && { finalizers }) };
  return { apiVersion: 'example.com/v1', kind, metadata };
}
