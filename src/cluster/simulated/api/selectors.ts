/**
 * Label and field selectors in the text form of list and watch requests.
 * Field selectors are answered for any field by its path; the real server serves only a few for each kind.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import type { Query } from '../../port.ts';
import { apiError } from './api-errors.ts';

type Labels = Record<string, string>;
export type Matcher = (object: KubernetesObject) => boolean;

/** A matcher for a label selector such as `app=web,tier in (a,b),!legacy`. Throws `invalid` when it cannot be read. */
export function labelMatcher(selector: string | undefined): Matcher | undefined {
  if (!selector?.trim()) return undefined;
  const requirements = splitOutsideParentheses(selector).map(requirement);
  return ({ metadata }) => requirements.every((holds) => holds(metadata.labels ?? noLabels));
}

/** A matcher for a field selector such as `metadata.name=web,status.phase!=Running`. */
export function fieldMatcher(selector: string | undefined): Matcher | undefined {
  if (!selector?.trim()) return undefined;
  const terms = selector.split(',').map((term) => {
    const found = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term);
    if (!found) throw apiError('invalid', `unable to parse the field selector "${term}"`, { status: 400, reason: 'BadRequest' });
    const [, path = '', operator, wanted] = found;
    const steps = path.split('.');
    return { steps, wanted, negated: operator === '!=' };
  });
  return (object) =>
    terms.every(({ steps, wanted, negated }) => {
      const value = fieldAt(object, ...steps);
      return (String(value ?? '') === wanted) !== negated;
    });
}

function requirement(term: string): (labels: Labels) => boolean {
  const set = /^([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(term);
  if (set) {
    const [, key = '', operator, values = ''] = set;
    const wanted = values.split(',').map((value) => value.trim());
    return (labels) => wanted.includes(labels[key] ?? '\0') === (operator === 'in');
  }
  const equality = /^([^\s!=,()]+)\s*(==|=|!=)\s*([^\s!=,()]*)$/.exec(term);
  if (equality) {
    const [, key = '', operator, value] = equality;
    return (labels) => (labels[key] === value) === (operator !== '!=');
  }
  const existence = /^(!?)\s*([^\s!=,()]+)$/.exec(term);
  if (existence) {
    const [, negation, key = ''] = existence;
    return (labels) => (labels[key] !== undefined) === (negation === '');
  }
  throw apiError('invalid', `unable to parse the label selector "${term}"`, { status: 400, reason: 'BadRequest' });
}

function splitOutsideParentheses(selector: string): string[] {
  return (selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? []).map((term) => term.trim());
}

const noLabels: Labels = Object.freeze({});

/**
 * The one name that a list or watch is about. Who asks for it needs the right to that one alone
 * (`apiserver/pkg/endpoints/request/requestinfo.go`).
 */
export function nameAsked({ fieldSelector = '' }: Query): string | undefined {
  return /^metadata\.name=([^,]+)$/.exec(fieldSelector)?.[1];
}
