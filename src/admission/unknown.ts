/** What an expression reads that is not known: then its answer is no answer. */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import type { Attempt } from './attempt.ts';

/**
 * @param carrier a policy's spec, or a webhook
 * @returns in words; `object`: they read more of the object than was read. Undefined: all that they read is known
 */
export function unknownOf(carrier: unknown, { as, metadataOnly }: Pick<Attempt, 'as' | 'metadataOnly'>): string | undefined {
  const text = expressionsIn(carrier).join('\n');
  if (metadataOnly && /\b(oldObject|object)\b(?!\s*\.\s*\??\s*metadata\b)/.test(text)) return 'object';
  if (as === undefined && /\bauthorizer\b|\buserInfo\b/.test(text)) return 'it asks who makes the request';
  if (as && !as.rightsKnown && /\bauthorizer\b/.test(text)) return `it asks what ${as.user} may do`;
  return undefined;
}

function expressionsIn(carrier: unknown): string[] {
  return ['matchConditions', 'validations', 'variables'].flatMap((field) =>
    listOf(fieldAt(carrier, field)).flatMap((each) => textOf(fieldAt(each, 'expression')) ?? []),
  );
}
