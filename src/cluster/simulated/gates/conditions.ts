/** `matchConditions` of webhooks and policies: all must hold; one that is false counts before one that cannot be evaluated (`webhook/matchconditions`). */
import { fieldAt, textOf } from '../../../objects/fields.ts';
import { evaluate } from '../cel/evaluate.ts';
import { mapsOf } from '../json.ts';

/** Whether the request is meant; `error` when that cannot be said. */
export function conditionsHold(carrier: unknown, variables: () => Record<string, unknown>): boolean | { error: string } {
  let failure: string | undefined;
  for (const condition of mapsOf(fieldAt(carrier, 'matchConditions'))) {
    const expression = textOf(condition.expression) ?? '';
    const outcome = evaluate(expression, variables());
    if ('error' in outcome) failure ??= `expression '${expression}' resulted in error: ${outcome.error}`;
    else if (outcome.value !== true) return false;
  }
  return failure === undefined ? true : { error: failure };
}
