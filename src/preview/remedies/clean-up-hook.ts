/**
 * What the library chart bookend-hook adds to a chart, as far as a play needs it: an account with the rights that its
 * targets take, and a Job of the program of Bookend. The templates are in `charts/bookend-hook`.
 */
import { hookAnnotation, policyAnnotation, weightAnnotation } from '../../knowledge/hooks.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { HookTarget } from '../../remedies/remedy.ts';

const name = 'bookend-pre-delete';
const read = ['get', 'list', 'watch'];

/** @param namespace of the release */
export function cleanUpHook(targets: readonly HookTarget[], namespace: string): KubernetesObject[] {
  const metadata = (weight: number, place: { namespace?: string } = {}) => ({
    name,
    ...place,
    annotations: {
      [hookAnnotation]: 'pre-delete',
      [weightAnnotation]: String(weight),
      [policyAnnotation]: 'before-hook-creation,hook-succeeded',
    },
  });
  const rbac = 'rbac.authorization.k8s.io';
  const args = ['delete', '--targets', JSON.stringify(targets.map(({ all: _, ...target }) => target))];
  const podSpec = {
    serviceAccountName: name,
    restartPolicy: 'Never',
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ operator: 'Exists' }],
    containers: [{ name: 'bookend', image: 'registry.bookend.dev/bookend', args }],
  };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(-10, { namespace }) },
    { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: metadata(-9), rules: rulesFor(targets) },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: metadata(-8),
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: metadata(-5, { namespace }),
      spec: { backoffLimit: 2, activeDeadlineSeconds: 240, template: { spec: podSpec } },
    },
  ];
}

function rulesFor(targets: readonly HookTarget[]) {
  const ofTargets = targets.flatMap(({ kind, names }) => {
    const [resource = '', group = ''] = kind.split(/\.(.*)/s);
    const about = { apiGroups: [group], resources: [resource] };
    return [
      { ...about, verbs: read },
      { ...about, ...(names && { resourceNames: [...names] }), verbs: ['delete'] },
    ];
  });
  const watched = [
    ['', ['pods', 'events', 'replicationcontrollers']],
    ['apps', ['deployments', 'replicasets', 'daemonsets', 'statefulsets', 'controllerrevisions']],
    ['batch', ['jobs', 'cronjobs']],
  ] as const;
  return [...ofTargets, ...watched.map(([group, resources]) => ({ apiGroups: [group], resources: [...resources], verbs: read }))];
}
