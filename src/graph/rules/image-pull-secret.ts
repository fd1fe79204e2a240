/**
 * Images are pulled with the Secrets that the Pod names, and with those of its ServiceAccount, which the API server
 * copies into the Pod (`plugin/pkg/admission/serviceaccount`) only when the Pod names none of its own.
 */
import { fieldAt, listOf } from '../../objects/fields.ts';
import { makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';
import { named } from './named.ts';

export const imagePullSecret: EdgeRule = {
  name: 'image-pull-secret',
  why: 'Without its pull Secret a Pod that restarts or is replaced cannot pull its image.',
  find: (world) => world.workloads.flatMap((workload) => secretsOf(workload, world)),
};

function secretsOf({ id, namespace, podSpec, podSpecPath, serviceAccount, serviceAccountPath }: Workload, world: World): Edge[] {
  const edgesTo = (entries: readonly unknown[], path: string) =>
    entries.flatMap((entry, index) => {
      const reference = { rule: 'image-pull-secret', from: id, value: fieldAt(entry, 'name') };
      return named({ ...reference, field: `${path}imagePullSecrets[${index}].name` }, '', 'Secret', namespace);
    });
  const own = listOf(podSpec.imagePullSecrets);
  if (own.length > 0) return edgesTo(own, `${podSpecPath}.`);
  const account = makeId('', 'ServiceAccount', namespace, serviceAccount);
  const runsAs = { object: id, field: serviceAccountPath, value: serviceAccount };
  return edgesTo(listOf(world.byId(account)?.imagePullSecrets), '').map((edge) => ({
    ...edge,
    evidence: [runsAs, ...edge.evidence.map((proof) => ({ ...proof, object: account }))],
  }));
}
