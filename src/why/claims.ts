/** Storage that is still in use: a claim by Pods, a volume by its claim. */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { describeRef, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { deletingSince } from './since.ts';
import { waitsFor } from './waits-for.ts';

export function claimBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (object.apiVersion !== 'v1' || deletingSince(object) === undefined) return [];
  const has = (finalizer: string) => (object.metadata.finalizers ?? []).includes(finalizer);
  const name = describeRef(refOf(object));
  const base = { kind: 'claim-in-use' as const, object: refOf(object), stuck: false, help: [] };
  const proof = (value: string, says: string) => [{ object: name, field: 'metadata.finalizers', value, says }];
  if (object.kind === 'PersistentVolumeClaim' && has('kubernetes.io/pvc-protection')) {
    const users = context.world
      .inNamespace(object.metadata.namespace ?? '')
      .filter((pod) => isPod(pod) && uses(pod, object.metadata.name));
    const evidence = proof('kubernetes.io/pvc-protection', 'it goes when no Pod uses the claim any more, ended Pods included');
    const because = users.map((pod) => waitsFor(pod, context, 'pod', 'which uses the claim'));
    const says =
      users.length > 0
        ? `${name} is in use by ${users.length === 1 ? `Pod ${users[0]?.metadata.name}` : `${users.length} Pods`}`
        : `${name}: no Pod that uses it could be seen`;
    return [{ ...base, says, evidence, because }];
  }
  if (object.kind !== 'PersistentVolume' || !has('kubernetes.io/pv-protection')) return [];
  const bound = fieldAt(object, 'spec', 'claimRef');
  const [namespace, claimName] = [textOf(fieldAt(bound, 'namespace')), textOf(fieldAt(bound, 'name'))];
  const claim =
    claimName === undefined ? undefined : context.world.byId(makeId('', 'PersistentVolumeClaim', namespace, claimName));
  const evidence = proof('kubernetes.io/pv-protection', 'it goes when no claim is bound to the volume any more');
  const because = claim ? [waitsFor(claim, context, 'claim-in-use', 'which is bound to the volume')] : [];
  return [
    {
      ...base,
      says: claim ? `${name} is bound to ${describeRef(refOf(claim))}` : `${name}: its claim could not be seen`,
      evidence,
      because,
    },
  ];
}

/**
 * Any Pod with a node that names the claim holds it; one that waits for a node does not
 * (`pvc_protection_controller.go`).
 */
function uses(pod: KubernetesObject, claim: string): boolean {
  if (textOf(fieldAt(pod, 'spec', 'nodeName')) === undefined) return false;
  return listOf(fieldAt(pod, 'spec', 'volumes')).some((volume) => {
    if (fieldAt(volume, 'ephemeral') !== undefined) return `${pod.metadata.name}-${textOf(fieldAt(volume, 'name'))}` === claim;
    return fieldAt(volume, 'persistentVolumeClaim', 'claimName') === claim;
  });
}
