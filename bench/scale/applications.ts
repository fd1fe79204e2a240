/**
 * The applications: a Deployment with its account, permissions and configuration each. Only their Pods run on simulated
 * nodes.
 */
import type { KubernetesObject } from '../../src/objects/object.ts';
import { accountOf, granted } from '../../tools/lab/access.ts';
import { simulated } from './kwok.ts';
import type { Size } from './size.ts';

/** All objects of all applications, their Pods included, and nothing else. */
export const ourLabel = 'bench.bookend.dev/set=scale';
/** Its value is the application's name, which no other has in any namespace. */
export const applicationLabel = 'bench.bookend.dev/application';

/** The kinds of an application's objects, as they are written down. */
export const applicationKinds = [
  { apiVersion: 'v1', kind: 'ServiceAccount', resource: 'serviceaccounts' },
  { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', resource: 'roles' },
  { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', resource: 'rolebindings' },
  { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments.apps' },
] as const;

/** What one namespace has. */
export type Tenant = { namespace: string; objects: KubernetesObject[] };

export function tenants({ namespaces, applicationsEach, podsEach }: Size): Tenant[] {
  return Array.from({ length: namespaces }, (_, tenant) => {
    const namespace = `bookend-scale-${tenant}`;
    const names = Array.from({ length: applicationsEach }, (_, index) => `app-${tenant}-${index}`);
    return { namespace, objects: names.flatMap((name) => application(name, namespace, podsEach)) };
  });
}

function application(name: string, namespace: string, replicas: number): KubernetesObject[] {
  const [key = '', value = ''] = ourLabel.split('=');
  const labels = { [key]: value, [applicationLabel]: name };
  const metadata = { name, namespace, labels };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  const selected = { [applicationLabel]: name };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { name } },
    ...granted('Role', metadata, rules, accountOf(name, namespace)),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas,
        selector: { matchLabels: selected },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: name,
            nodeSelector: simulated.labels,
            tolerations: [simulated.taint],
            containers: [{ name: 'app', image: 'registry.invalid/app:1', envFrom: [{ configMapRef: { name } }] }],
          },
        },
      },
    },
  ];
}
