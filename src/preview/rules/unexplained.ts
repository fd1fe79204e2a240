/** What is still there in the end, for the reason that a rule is about, and that no rule above it has explained. */
import type { Left } from '../play/outcome.ts';
import type { Explained } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export function unexplained({ left }: RuleInput, isExplained: Explained, ...reasons: Left['why'][]): Left[] {
  return [...left.values()].filter(({ id, why }) => reasons.includes(why) && !isExplained('left', id));
}
