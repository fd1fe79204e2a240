/**
 * Label selectors as the API machinery reads them: as data (`metav1.LabelSelector`), which objects a NetworkPolicy, a
 * budget or an aggregation means, and as text, in list and watch requests and on command lines.
 */
import { BookendError } from '../errors.ts';
import { fieldAt, listOf, textMapOf, textOf, textsOf } from './fields.ts';
import type { KubernetesObject } from './object.ts';

export type Matcher = (object: KubernetesObject) => boolean;

/**
 * True when the labels match. An empty selector matches everything, an absent one nothing; an unknown operator matches
 * nothing.
 */
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

/**
 * Whether a value, or that there is none, meets a requirement; undefined for an operator that label selectors do not
 * have.
 */
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

/**
 * A matcher for a label selector such as `app=web,tier in (a,b),!legacy`; undefined for an empty one.
 * @throws BookendError `invalid` when it cannot be read
 */
export function labelMatcher(selector: string | undefined): Matcher | undefined {
  if (!selector?.trim()) return undefined;
  const requirements = splitOutsideParentheses(selector).map(requirementOf);
  return ({ metadata: { labels = noLabels } }) =>
    requirements.every(({ key, operator, values }) => meets(operator, labels[key], values));
}

type Requirement = { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values: string[] };

function requirementOf(term: string): Requirement {
  const [, setKey, word, list = ''] = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term) ?? [];
  if (setKey !== undefined) {
    const values = list.split(',').map((value) => value.trim());
    return { key: setKey, operator: word === 'in' ? 'In' : 'NotIn', values };
  }
  const [, key, sign, value = ''] = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/.exec(term) ?? [];
  if (key !== undefined) return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  const [, not, present] = /^(!?)\s*([^\s!=,()]+)$/.exec(term) ?? [];
  if (present !== undefined) return { key: present, operator: not ? 'DoesNotExist' : 'Exists', values: [] };
  throw new BookendError('invalid', `unable to parse the label selector "${term}"`, { status: 400, reason: 'BadRequest' });
}

function splitOutsideParentheses(selector: string): string[] {
  return (selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? []).map((term) => term.trim());
}

const noLabels: Readonly<Record<string, string>> = Object.freeze({});
