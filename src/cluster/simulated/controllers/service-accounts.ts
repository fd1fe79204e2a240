/**
 * Gives every living namespace its account `default` and the ConfigMap with the cluster's root certificate, and makes
 * both anew when deleted.
 */
import type { KubernetesObject } from '../../../objects/object.ts';
import { controllerManager } from '../api/user.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

export function serviceAccounts(env: Environment): void {
  const kinds = { serviceaccounts: builtIn(env, 'serviceaccounts'), configmaps: builtIn(env, 'configmaps') };
  const add = workQueue(env, (key) => {
    const namespace = found(env, 'namespaces', key);
    if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return;
    for (const object of given(namespace.metadata.name)) {
      const kind = object.kind === 'ConfigMap' ? kinds.configmaps : kinds.serviceaccounts;
      if (env.server.store.get(kind.key, object.metadata.namespace, object.metadata.name)) continue;
      env.server.create(object, { user: controllerManager, manager: 'kube-controller-manager' });
    }
  });
  env.on('namespaces', ({ type, object }) => {
    if (type === 'added') add(queueKey(object));
  });
  for (const key of Object.keys(kinds)) {
    env.on(key, ({ type, object }) => {
      if (type === 'deleted') add(`/${object.metadata.namespace}`);
    });
  }
}

function given(namespace: string): KubernetesObject[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace }, data: { 'ca.crt': 'simulated' } },
  ];
}
