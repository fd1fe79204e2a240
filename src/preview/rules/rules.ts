/** All rules of a preview, from the more to the less specific, and what they find together. */
import type { Finding } from '../model.ts';
import type { Rule, RuleContext } from './rule.ts';

export const findingRules: readonly Rule[] = [];

/** Everything that is to be said of a play: errors first, each cause once. The same context always gives the same findings. */
export function findingsOf(_context: RuleContext): Finding[] {
  return [];
}
