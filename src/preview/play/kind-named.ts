/**
 * Kinds by the words that kubectl takes for them: `deploy`, `Deployment`, `deployments.apps`, `widgets.example.com`.
 */
import type { ApiServer } from '../../cluster/simulated/api/api-server.ts';
import type { Kind } from '../../cluster/simulated/api/kind.ts';

export function kindNamed({ kinds }: ApiServer, word: string): Kind | undefined {
  const wanted = word.toLowerCase();
  return kinds
    .listable()
    .find(
      ({ kind, resource, shortNames, key, group, version }) =>
        wanted === resource ||
        wanted === key ||
        wanted === kind.toLowerCase() ||
        shortNames.includes(wanted) ||
        wanted === `${kind.toLowerCase()}.${group}` ||
        wanted === `${resource}.${version}.${group}`,
    );
}
