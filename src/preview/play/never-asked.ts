/** Operations that the `matchConditions` of a webhook exclude whatever the object is. */
import { evaluate } from '../../cluster/simulated/api/cel/evaluate.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';

/** By a condition about the operation alone, which is false whatever the object is. */
export function isNeverAsked(webhook: unknown, operation: string): boolean {
  const operations = operation === '*' ? ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] : [operation];
  return listOf(fieldAt(webhook, 'matchConditions')).some((condition) => {
    const expression = textOf(fieldAt(condition, 'expression')) ?? '';
    if (/\brequest\.(?!operation\b)/.test(expression)) return false;
    return operations.every((each) => {
      const outcome = evaluate(expression, { request: { operation: each } });
      return 'value' in outcome && outcome.value === false;
    });
  });
}
