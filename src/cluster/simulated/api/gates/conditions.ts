/**
 * `matchConditions` of webhooks and policies: all must hold; one that is false counts before one that cannot be
 * evaluated (`webhook/matchconditions`).
 */
import { fieldAt, textOf } from '../../../../objects/fields.ts';
import { describeId, idOf } from '../../../../objects/identity.ts';
import type { KubernetesObject } from '../../../../objects/object.ts';
import { mapsOf } from '../../json.ts';
import { tooCostly } from '../cel/budget.ts';
import { evaluate } from '../cel/evaluate.ts';

/** Whether the request is meant; `error` when that cannot be said, `undecided` when the API server might be able to. */
export function conditionsHold(
  carrier: unknown,
  variables: () => Record<string, unknown>,
): boolean | { error: string; undecided?: true } {
  let failure: string | undefined;
  let undecided = false;
  for (const condition of mapsOf(fieldAt(carrier, 'matchConditions'))) {
    const expression = textOf(condition.expression) ?? '';
    const outcome = evaluate(expression, variables());
    if ('error' in outcome) {
      failure ??= `expression '${expression}' resulted in error: ${outcome.error}`;
      undecided ||= outcome.error === tooCostly;
    } else if (outcome.value !== true) return false;
  }
  return failure === undefined ? true : { error: failure, ...(undecided && { undecided }) };
}

/** The words for a policy or a webhook of which nobody knows whether it refuses. */
export function undecidedText(object: KubernetesObject): string {
  return `${describeId(idOf(object))}: its CEL is ${tooCostly}, so nobody knows whether it refuses; it was played as if it did not`;
}
