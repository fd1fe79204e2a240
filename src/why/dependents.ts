/**
 * Foreground deletion: the garbage collector deletes all dependents with `blockOwnerDeletion` before their owner.
 */
import { fieldAt, textOf } from '../objects/fields.ts';
import { describeRef, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { controllerOf } from '../objects/owners.ts';
import { isHidden } from '../reading/reader.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { isPod } from '../teardown/kinds.ts';
import type { Blocker } from './blocker.ts';
import { usesClaim } from './claim-users.ts';
import { deleteObject, hasEnded, removeFinalizer } from './commands.ts';
import type { WhyContext } from './context.ts';
import { deletingSince, isSlow } from './since.ts';

const explained = 25;

export function dependentBlockers(owner: KubernetesObject, context: WhyContext): Blocker[] {
  const finalizers = owner.metadata.finalizers ?? [];
  const name = describeRef(refOf(owner));
  const since = deletingSince(owner);
  if (since === undefined) return [];
  // The garbage collector needs seconds for a step.
  const stuck = isSlow(since, context);
  const base = { kind: 'dependents' as const, object: refOf(owner), stuck, remedies: [], because: [] };
  if (finalizers.includes('orphan')) {
    const evidence = [
      { object: name, field: 'metadata.finalizers', value: 'orphan', says: 'set by a deletion with --cascade=orphan' },
    ];
    return [{ ...base, says: `${name}: the garbage collector still removes the owner references of its dependents`, evidence }];
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
  if (holding.length === 0) {
    // It can lose the event that set the finalizer, and then never looks at the object again.
    const isForgotten = stuck && context.notSeen.length === 0;
    const says = isForgotten
      ? `${name}: the garbage collector has not removed foregroundDeletion, though nothing that it owns was found`
      : `${name}: the garbage collector is deleting its dependents (foreground deletion)`;
    return [{ ...base, says, evidence, remedies: isForgotten ? [inBackground(owner, context)] : [] }];
  }
  const says = `${name} waits for ${holding.length} ${holding.length === 1 ? 'object' : 'objects'} that it owns (foreground deletion)`;
  const because = holding.slice(0, explained).map((object) => waitsFor(object, context, 'dependents', 'which it owns'));
  // The garbage collector is at it: that a dependent is not deleted yet is no reason to do it by hand, unless something
  // refuses or it has done nothing for minutes.
  const patient = because.map((each) => (each.kind === 'not-deleted' ? { ...each, stuck } : each));
  return [{ ...base, stuck: false, says, evidence, because: patient }];
}

function inBackground(owner: KubernetesObject, context: WhyContext): ProposedRemedy {
  const loses = 'the order of the deletion: what it may still own is deleted after it, in the background';
  return { ...removeFinalizer(owner, 'foregroundDeletion', context), loses };
}

function blocks({ metadata }: KubernetesObject, uid: string | undefined): boolean {
  return (metadata.ownerReferences ?? []).some((reference) => reference.uid === uid && reference.blockOwnerDeletion === true);
}

/** An object that must go first, with what holds it; one that nobody deletes is itself what is waited for. */
export function waitsFor(object: KubernetesObject, context: WhyContext, kind: Blocker['kind'], what: string): Blocker {
  const because = context.follow(object);
  const isDeleted = deletingSince(object) !== undefined;
  const name = describeRef(refOf(object));
  const maker = isDeleted ? object : makerOf(object, context);
  const made = maker === object ? '' : ` (of ${describeRef(refOf(maker))})`;
  return {
    kind: isDeleted ? kind : 'not-deleted',
    says: isDeleted ? `${name}, ${what}, is still being deleted` : `${name}${made}, ${what}, is not being deleted`,
    object: refOf(object),
    stuck: !isDeleted,
    evidence: [],
    remedies: isDeleted ? [] : deletionOf(maker, context),
    because,
  };
}

/** Whoever makes it again when it is deleted: that one goes first. */
function makerOf(object: KubernetesObject, context: WhyContext): KubernetesObject {
  const owner = controllerOf(object);
  // Of these the next Pod has the same name, so that its controller deletes and makes one that has ended again.
  const isAgain = owner?.kind === 'StatefulSet' || owner?.kind === 'DaemonSet';
  if (hasEnded(object) && !isAgain) return object;
  const maker = owner && context.world.byUid(owner.uid);
  if (!maker || maker === context.object || deletingSince(maker) !== undefined) return object;
  return makerOf(maker, context);
}

function deletionOf(object: KubernetesObject, context: WhyContext): ProposedRemedy[] {
  if (object.kind !== 'VolumeAttachment') return [deleteObject(object, context)];
  return mayBeDetached(object, context) ? [deleteObject(object, context, lostCertainty(object))] : [];
}

/**
 * The attach-detach controller deletes attachments when the Pods on the node have ended. By hand that takes the volume
 * from under a Pod, unless none is there.
 */
function mayBeDetached({ spec }: KubernetesObject, { world, notSeen }: WhyContext): boolean {
  const name = textOf(fieldAt(spec, 'source', 'persistentVolumeName'));
  const volume = name === undefined ? undefined : world.byId(makeId('', 'PersistentVolume', undefined, name));
  const namespace = textOf(fieldAt(volume?.spec, 'claimRef', 'namespace'));
  const claim = textOf(fieldAt(volume?.spec, 'claimRef', 'name'));
  if (namespace === undefined || claim === undefined || isHidden(notSeen, 'pods', namespace)) return false;
  const node = fieldAt(spec, 'nodeName');
  return !world
    .inNamespace(namespace)
    .some((pod) => isPod(pod) && fieldAt(pod.spec, 'nodeName') === node && usesClaim(pod, claim));
}

function lostCertainty({ spec }: KubernetesObject): string {
  return `the certainty that the volume is detached from node ${textOf(fieldAt(spec, 'nodeName')) ?? '?'}`;
}
