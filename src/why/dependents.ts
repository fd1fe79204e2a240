/**
 * Foreground deletion: the owner goes after every dependent that has `blockOwnerDeletion`, and the garbage collector
 * deletes those.
 */
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { deletingSince } from './since.ts';
import { waitsFor } from './waits-for.ts';

const explained = 25;

export function dependentBlockers(owner: KubernetesObject, context: WhyContext): Blocker[] {
  const finalizers = owner.metadata.finalizers ?? [];
  const name = describeRef(refOf(owner));
  const base = { kind: 'dependents' as const, object: refOf(owner), stuck: false, help: [], because: [] };
  if (deletingSince(owner) === undefined) return [];
  if (finalizers.includes('orphan')) {
    const evidence = [
      { object: name, field: 'metadata.finalizers', value: 'orphan', says: 'set by a deletion with --cascade=orphan' },
    ];
    return [{ ...base, says: `${name}: the garbage collector still lets go of what it owns`, evidence }];
  }
  if (!finalizers.includes('foregroundDeletion')) return [];
  const evidence = [
    {
      object: name,
      field: 'metadata.finalizers',
      value: 'foregroundDeletion',
      says: 'set by a deletion with --cascade=foreground',
    },
  ];
  const holding = context.objects.filter((object) => blocks(object, owner.metadata.uid));
  if (holding.length === 0)
    return [{ ...base, says: `${name}: the garbage collector still deletes what it owns (foreground deletion)`, evidence }];
  const says = `${name} waits for ${holding.length} ${holding.length === 1 ? 'object' : 'objects'} that it owns (foreground deletion)`;
  const because = holding.slice(0, explained).map((object) => waitsFor(object, context, 'dependents', 'which it owns'));
  // The garbage collector is at it: that a dependent is not deleted yet is no reason to do it by hand, unless something
  // refuses.
  return [
    { ...base, says, evidence, because: because.map((each) => (each.kind === 'not-deleted' ? { ...each, stuck: false } : each)) },
  ];
}

function blocks({ metadata }: KubernetesObject, uid: string | undefined): boolean {
  return (metadata.ownerReferences ?? []).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true);
}
