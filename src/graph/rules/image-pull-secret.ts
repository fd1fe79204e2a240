/**
 * Images are pulled with the Secrets that the Pod names, and with those of its ServiceAccount, which the API server
 * copies into the Pod (`plugin/pkg/admission/serviceaccount`) only when the Pod names none of its own.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { makeId } from '../../objects/identity.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';

export const imagePullSecret: EdgeRule = {
  name: 'image-pull-secret',
  why: 'Without its pull Secret a Pod that restarts or is replaced cannot pull its image.',
  find: (world) => world.workloads.flatMap((workload) => secretsOf(workload, world)),
};

function secretsOf(workload: Workload, world: World): Edge[] {
  const own = listOf(workload.podSpec.imagePullSecrets);
  if (own.length > 0) {
    return own.flatMap((entry, index) => {
      const evidence = { object: workload.id, field: `${workload.podSpecPath}.imagePullSecrets[${index}].name` };
      return edgeTo(workload, textOf(fieldAt(entry, 'name')), [evidence]);
    });
  }
  const accountId = makeId('', 'ServiceAccount', workload.namespace, workload.serviceAccount);
  return listOf(world.byId(accountId)?.imagePullSecrets).flatMap((entry, index) => {
    const runsAs = { object: workload.id, field: workload.serviceAccountPath, value: workload.serviceAccount };
    return edgeTo(
      workload,
      textOf(fieldAt(entry, 'name')),
      [{ object: accountId, field: `imagePullSecrets[${index}].name` }],
      [runsAs],
    );
  });
}

function edgeTo(
  workload: Workload,
  value: string | undefined,
  named: { object: Workload['id']; field: string }[],
  runsAs: Edge['evidence'] = [],
): Edge[] {
  if (value === undefined) return [];
  const to = makeId('', 'Secret', workload.namespace, value);
  return [
    { from: workload.id, to, rule: 'image-pull-secret', evidence: [...runsAs, ...named.map((entry) => ({ ...entry, value }))] },
  ];
}
