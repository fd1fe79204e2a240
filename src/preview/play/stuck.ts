/**
 * Why an object terminates for ever: each of its finalizers with who should remove it, what refuses, and what a
 * namespace still has.
 */
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { fieldAt } from '../../objects/fields.ts';
import { builtInFinalizers } from '../../objects/finalizers.ts';
import { describeId, describeRef, idOf, type ObjectId, parseId } from '../../objects/identity.ts';
import { type LeftFacts, neverLeft } from './left-facts.ts';
import type { Left } from './outcome.ts';
import type { PlaySetup } from './setup.ts';

export function stuck(object: Stored, facts: LeftFacts): Pick<Left, 'why' | 'because'> {
  const { finalizers = [] } = object.metadata;
  const reasons = finalizers.map((finalizer) => {
    const builtIn = builtInFinalizers.get(finalizer);
    if (builtIn !== undefined) return `finalizer ${finalizer}: ${builtIn}`;
    const servers = facts.serving.serversOfFinalizer(finalizer, object);
    if (servers === 'kubernetes') return `finalizer ${finalizer}`;
    const [server] = servers;
    if (server === undefined) return `finalizer ${finalizer}: no workload is known that removes it`;
    return `finalizer ${finalizer}: ${describeId(server.workload)}, which removes it, ${stateOf(server.workload, facts)}`;
  });
  const refusals = facts.refused.filter(({ id, overcome }) => id === idOf(object) && !overcome);
  const refusal = refusals.at(-1);
  if (refusal) reasons.push(`${describeId(refusal.by)} refuses: ${refusal.message}`);
  if (object.kind === 'Namespace') reasons.push(...contentOf(object, facts));
  return { why: 'stuck', because: reasons.length > 0 ? reasons.join('; ') : 'it is terminating' };
}

function stateOf(workload: ObjectId, { setup }: LeftFacts): string {
  const { server } = setup.simulated;
  const { kind, namespace, name } = parseId(workload);
  const runs = server.store
    .all('pods', namespace)
    .some(
      (pod) =>
        fieldAt(pod.status, 'phase') === 'Running' &&
        pod.metadata.deletionTimestamp === undefined &&
        ownerIs(pod, kind, name, setup),
    );
  return runs ? 'has not done so' : 'has no running Pod';
}

function ownerIs(pod: Stored, kind: string, name: string, { simulated }: PlaySetup): boolean {
  if (kind === 'Pod') return pod.metadata.name === name;
  return (pod.metadata.ownerReferences ?? []).some((owner) => {
    if (owner.kind === kind && owner.name === name) return true;
    const above = simulated.server.store.byUid(owner.uid)?.object;
    return above?.metadata.ownerReferences?.some((top) => top.kind === kind && top.name === name) ?? false;
  });
}

function contentOf({ metadata }: Stored, { setup }: LeftFacts): string[] {
  const { server } = setup.simulated;
  const held = server.kinds
    .listable()
    .flatMap(({ key, namespaced }) => (namespaced && !neverLeft.has(key) ? server.store.all(key, metadata.name) : []));
  const named = held.slice(0, 3).map((object) => describeRef({ kind: object.kind, ...object.metadata }));
  return held.length === 0 ? [] : [`it still has ${named.join(', ')}${held.length > 3 ? ` and ${held.length - 3} more` : ''}`];
}
