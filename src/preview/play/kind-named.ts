/**
 * Kinds by the words that kubectl takes for them: `deploy`, `Deployment`, `deployments.apps`, `widgets.example.com`.
 */
import type { ApiServer } from '../../cluster/simulated/api/api-server.ts';
import type { Kind } from '../../cluster/simulated/api/kind.ts';
import { kindWordRank } from '../../objects/kind-names.ts';

export function kindNamed({ kinds }: ApiServer, word: string): Kind | undefined {
  return kinds.listable().find((kind) => word.toLowerCase() === kind.key || kindWordRank(kind, word) > 0);
}
