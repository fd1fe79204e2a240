/** A base and a front that depends on it, each with Pods that need their account to the end; and how they must end. */
import assert from 'node:assert/strict';
import type { Cluster } from '../../src/cluster/port.ts';
import { fieldAt, textOf } from '../../src/objects/fields.ts';
import { residueSince } from '../../tools/lab/residue.ts';
import { access, ledger, workloadOf } from './objects.ts';
import { noFailedHook, untilGone } from './support.ts';
import type { Witness } from './witness.ts';

export type Run = { witness: Witness; before: Set<string>; pods: string[] };

/** The components, with their accounts and rights. */
export function twoLayersOf(name: string, namespace: string, workload: Parameters<typeof workloadOf>[1]) {
  return [
    { name: 'base', objects: [...access(name, namespace), workloadOf(name, workload)] },
    {
      name: 'front',
      dependsOn: ['base'],
      objects: [...access(`${name}-front`, namespace), workloadOf(`${name}-front`, { ...workload, kind: 'Deployment' })],
    },
  ];
}

/** The front went before the base, and every Pod could do its work until it had stopped. */
export async function wentInOrder(bed: { cluster: Cluster; namespace: string }, name: string, { witness, pods }: Run) {
  await untilGone(bed, name);
  const { violations, checked, order } = witness.verdict();
  const front = witness.goneBefore(new RegExp(`^Pod/.*/${name}-front-`), new RegExp(`^DaemonSet.*/${name}$`));
  witness.close();
  assert.deepEqual(violations, [], `the order was kept; it was ${order.join(', ')}`);
  assert.deepEqual(front, []);
  assert.ok(checked > 0, 'a witness saw it');
  await noFailedHook(bed, name);
  const entries = (await bed.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: bed.namespace, name: ledger }))?.data;
  for (const pod of pods) assert.equal(textOf(fieldAt(entries, pod)), 'stopped', `${pod} could use the API to its end`);
}

export async function leftNothing({ cluster }: { cluster: Cluster }, name: string, { before }: Run): Promise<void> {
  const left = (await residueSince(cluster, before)).filter((id) => id.includes(name));
  assert.deepEqual(left, [], 'nothing is left');
}
