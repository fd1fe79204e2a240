/**
 * Aggregated ClusterRoles: their rules are those of all ClusterRoles that their selectors match
 * (`clusterroleaggregation`).
 */
import { aggregatingSelector } from '../../../objects/rbac.ts';
import { mapsOf } from '../json.ts';
import { builtIn, type Environment, found, queueKey, workQueue } from './environment.ts';

const key = 'clusterroles.rbac.authorization.k8s.io';

export function clusterRoles(env: Environment): void {
  const kind = builtIn(env, key);
  const { store } = env.server;
  const add = workQueue(env, (queued) => {
    const role = found(env, key, queued);
    if (role === undefined || role.aggregationRule === undefined) return;
    const sources = store.all(key).filter((other) => other !== role && aggregatingSelector(role, other) >= 0);
    sources.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
    env.server.update(kind, role, { ...role, rules: sources.flatMap((source) => mapsOf(source.rules)) });
  });
  env.on(key, () => {
    for (const role of store.all(key)) if (role.aggregationRule !== undefined) add(queueKey(role));
  });
}
