/** The words for a policy or a webhook of which nobody knows whether it refuses. */
import { describeId, idOf } from '../../../../objects/identity.ts';
import type { KubernetesObject } from '../../../../objects/object.ts';
import { tooCostly } from '../cel/budget.ts';

export function undecidedText(object: KubernetesObject): string {
  return `${describeId(idOf(object))}: its CEL is ${tooCostly}, so nobody knows whether it refuses; it was played as if it did not`;
}
