/**
 * Large sets of objects for measuring: a realistic mix, and cases where everything shares the same few dependencies.
 */
import type { KubernetesObject } from '../../objects/object.ts';

const rbac = 'rbac.authorization.k8s.io';

/**
 * Applications of 10 objects each (Deployment, account, role, binding, ConfigMap, Secret, Service, Ingress, custom
 * resource, budget), 20 to a Namespace; the first of each Namespace is the controller of its custom resources.
 */
export function realisticMix(count: number): KubernetesObject[] {
  const objects: KubernetesObject[] = [crd('widgets', 'Widget')];
  const perNamespace = 20;
  for (let app = 0; objects.length < count; app++) {
    const namespace = `team-${Math.floor(app / perNamespace)}`;
    const serves = app % perNamespace === 0;
    if (serves) objects.push({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    objects.push(...application(`app-${app}`, namespace, serves));
  }
  return objects.slice(0, count);
}

/**
 * Half workloads and half ConfigMaps, all of one Namespace; every workload runs as one account with one role behind one
 * Service.
 */
export function sharedBase(count: number): KubernetesObject[] {
  const namespace = 'shared';
  const objects: KubernetesObject[] = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'all', namespace } },
    { apiVersion: `${rbac}/v1`, kind: 'Role', metadata: { name: 'all', namespace }, rules: [] },
    binding('all', namespace, 'all'),
    service('all', namespace, { tier: 'all' }),
  ];
  for (let index = 0; objects.length + 1 < count; index++) {
    objects.push(configMap(`settings-${index}`, namespace));
    objects.push(deployment(`app-${index}`, namespace, 'all', { tier: 'all' }, [`settings-${index}`]));
  }
  return objects;
}

function application(name: string, namespace: string, serves: boolean): KubernetesObject[] {
  const labels = { app: name, 'app.kubernetes.io/part-of': 'all' };
  return [
    deployment(name, namespace, name, labels, [name], [name]),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: { name, namespace },
      rules: [
        { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['get', 'watch'] },
        ...(serves ? [{ apiGroups: ['samples.example'], resources: ['widgets'], verbs: ['watch', 'update'] }] : []),
      ],
    },
    binding(name, namespace, name),
    configMap(name, namespace),
    { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace } },
    service(name, namespace, labels),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name, namespace },
      spec: { rules: [{ http: { paths: [{ backend: { service: { name } } }] } }] },
    },
    { apiVersion: 'samples.example/v1', kind: 'Widget', metadata: { name, namespace } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace },
      spec: { selector: { matchLabels: { app: name } } },
    },
  ];
}

export function crd(plural: string, kind: string, spec: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.samples.example` },
    spec: { group: 'samples.example', scope: 'Namespaced', names: { plural, kind }, ...spec },
  };
}

export function deployment(
  name: string,
  namespace: string,
  serviceAccountName: string,
  labels: Record<string, string>,
  configMaps: string[] = [],
  secrets: string[] = [],
): KubernetesObject {
  const volumes = configMaps.map((config) => ({ name: config, configMap: { name: config } }));
  const envFrom = secrets.map((secret) => ({ secretRef: { name: secret } }));
  const spec = { serviceAccountName, volumes, containers: [{ name: 'main', image: 'main', envFrom }] };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  };
}

export function binding(name: string, namespace: string, account: string): KubernetesObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef: { apiGroup: rbac, kind: 'Role', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace }],
  };
}

export function service(name: string, namespace: string, selector: Record<string, string>): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector } };
}

function configMap(name: string, namespace: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } };
}
