/** Where the commands of hooks and of people are carried out: the simulated cluster, as the account that runs them. */
import type { Connection, SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { kindNamed, kindsNamed } from './kind-named.ts';
import type { Shell } from './kubectl-run.ts';

/** @param namespace where commands look that name none */
export function shellOn({ server }: SimulatedCluster, { cluster, clock }: Connection, namespace: string): Shell {
  return {
    cluster,
    clock,
    namespace,
    kindNamed: (word) => kindNamed(server, word),
    kindsNamed: (word) => kindsNamed(server, word),
    isThere: ({ apiVersion, kind: name, metadata }: KubernetesObject) => {
      const served = server.kinds.find(apiVersion, name);
      const now = served && server.store.get(served.key, served.namespaced ? metadata.namespace : undefined, metadata.name);
      return now !== undefined && (metadata.uid === undefined || metadata.uid === now.metadata.uid);
    },
  };
}
