/**
 * Field selectors of list and watch requests: answered for any field by its path; the real server serves only a few for
 * each kind.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Matcher } from '../../../objects/selectors.ts';
import type { Query } from '../../port.ts';
import { apiError } from './api-errors.ts';

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

/**
 * The one name that a list or watch is about. Who asks for it needs the right to that one alone
 * (`apiserver/pkg/endpoints/request/requestinfo.go`).
 */
export function nameAsked({ fieldSelector = '' }: Query): string | undefined {
  return /^metadata\.name=([^,]+)$/.exec(fieldSelector)?.[1];
}
