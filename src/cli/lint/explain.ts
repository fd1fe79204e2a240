/** `bookend lint --explain RULE`: what a rule means, with a manifest that it finds and one that it passes. */
import { BookendError } from '../../errors.ts';
import { nearest } from '../../objects/nearest.ts';
import type { Example } from '../../preview/rules/rule.ts';
import { findingRules } from '../../preview/rules/rules.ts';

/**
 * @param format `json` gives the same as one document
 * @throws BookendError `bad-input` for a rule that does not exist, with the one that may be meant
 */
export function explanationOf(id: string, format: 'text' | 'json'): string {
  const rule = findingRules.find(({ meta }) => meta.id === id);
  if (!rule) throw unknownRule(id);
  const { name, means, severity, fails, passes } = rule.meta;
  if (format === 'json') return `${JSON.stringify({ rule: id, name, severity, means, fails, passes }, null, 2)}\n`;
  const parts = [`${id}: ${name} (${severity})`, means, exampleText('Found', fails), exampleText('Not found', passes)];
  return `${parts.join('\n\n')}\n\nTo accept a finding on an object: bookend.dev/ignore: ${id}\n`;
}

function exampleText(title: string, { says, yaml, around }: Example): string {
  const indented = (text: string) => text.trimEnd().replaceAll(/^(?=.)/gm, '  ');
  return `${title}: ${says}\n\n${indented(yaml)}${around === undefined ? '' : `\n\n  In the cluster:\n\n${indented(around)}`}`;
}

function unknownRule(id: string): BookendError {
  const ids = findingRules.map(({ meta }) => meta.id);
  const meant = nearest(id, ids);
  return new BookendError('bad-input', `there is no rule ${id}${meant === undefined ? '' : `; did you mean ${meant}?`}`, {
    field: '--explain',
    advice: `The rules are: ${ids.join(', ')}.`,
  });
}
