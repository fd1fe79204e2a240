/** Storage in use: a claim by Pods, a volume by its claim. */
import { fieldAt, textOf } from '../objects/fields.ts';
import { describeRef, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isHidden } from '../reading/reader.ts';
import { isPod } from '../teardown/kinds.ts';
import type { Blocker } from './blocker.ts';
import { usesClaim } from './claim-users.ts';
import type { WhyContext } from './context.ts';
import { waitsFor } from './dependents.ts';
import { deletingSince, isSlow } from './since.ts';

export function claimBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (object.apiVersion !== 'v1' || deletingSince(object) === undefined) return [];
  const has = (finalizer: string) => (object.metadata.finalizers ?? []).includes(finalizer);
  const name = describeRef(refOf(object));
  const isLate = isSlow(deletingSince(object), context);
  const base = { kind: 'claim-in-use' as const, object: refOf(object), stuck: false, remedies: [] };
  /** Nobody who uses it was seen: it goes at once, or somebody was not seen. */
  const unseen = (what: string, resource: string, namespace: string | undefined) =>
    isHidden(context.notSeen, resource, namespace)
      ? {
          says: `${name}: a ${what} may use it, and you may not list ${resource}${namespace === undefined ? '' : ` in namespace ${namespace}`}`,
          stuck: isLate,
        }
      : { says: `${name}: no visible ${what} uses it`, stuck: isLate };
  const proof = (value: string, says: string) => [{ object: name, field: 'metadata.finalizers', value, says }];
  if (object.kind === 'PersistentVolumeClaim' && has('kubernetes.io/pvc-protection')) {
    const users = context.world
      .inNamespace(object.metadata.namespace ?? '')
      .filter((pod) => isPod(pod) && usesClaim(pod, object.metadata.name));
    const evidence = proof('kubernetes.io/pvc-protection', 'it goes when no Pod uses the claim any more, ended Pods included');
    const because = users.map((pod) => waitsFor(pod, context, 'pod', 'which uses the claim'));
    const one = users.length === 1 ? `Pod ${users[0]?.metadata.name}` : `${users.length} Pods`;
    if (users.length > 0) return [{ ...base, says: `${name} is in use by ${one}`, evidence, because }];
    return [{ ...base, ...unseen('Pod', 'pods', object.metadata.namespace), evidence, because }];
  }
  if (object.kind !== 'PersistentVolume' || !has('kubernetes.io/pv-protection')) return [];
  const bound = fieldAt(object, 'spec', 'claimRef');
  const [namespace, claimName] = [textOf(fieldAt(bound, 'namespace')), textOf(fieldAt(bound, 'name'))];
  const claim =
    claimName === undefined ? undefined : context.world.byId(makeId('', 'PersistentVolumeClaim', namespace, claimName));
  const evidence = proof('kubernetes.io/pv-protection', 'it goes when no claim is bound to the volume any more');
  const because = claim ? [waitsFor(claim, context, 'claim-in-use', 'which is bound to the volume')] : [];
  if (claim) return [{ ...base, says: `${name} is bound to ${describeRef(refOf(claim))}`, evidence, because }];
  return [{ ...base, ...unseen('claim', 'persistentvolumeclaims', namespace), evidence, because }];
}
