/** Label selectors as the API machinery reads them (`metav1.LabelSelector`): which objects a NetworkPolicy, a budget or an aggregation means. */
import { fieldAt, listOf, textMapOf, textOf, textsOf } from './fields.ts';

/** True when the labels match. An empty selector matches everything, an absent one nothing; an unknown operator matches nothing. */
export function selects(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector === null) return false;
  const exact = Object.entries(textMapOf(fieldAt(selector, 'matchLabels')));
  return (
    exact.every(([key, value]) => labels[key] === value) &&
    listOf(fieldAt(selector, 'matchExpressions')).every((expression) => matches(expression, labels))
  );
}

function matches(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const key = textOf(fieldAt(expression, 'key'));
  if (key === undefined) return false;
  return meets(fieldAt(expression, 'operator'), labels[key], textsOf(fieldAt(expression, 'values'))) ?? false;
}

/** Whether a value, or that there is none, meets a requirement; undefined for an operator that label selectors do not have. */
export function meets(operator: unknown, value: string | undefined, values: readonly string[]): boolean | undefined {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return undefined;
  }
}
