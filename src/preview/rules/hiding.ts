/**
 * Which finding hides which: one cause is told once, by the rule that knows it best. Rules name in `hiddenBy` who knows
 * better, and are asked after those; the order in which rules are listed decides nothing.
 */
import type { Found, ObjectEnd, Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

/** What each rule finds, without what the rules above it explain; in the order of the list. */
export function findInTurn(rules: readonly Rule[], input: RuleInput): { rule: Rule; found: Found[] }[] {
  const byId = new Map(rules.map((rule) => [rule.meta.id, rule]));
  const results = new Map<Rule, Found[]>();
  const findOf = (rule: Rule): Found[] => {
    const known = results.get(rule);
    if (known) return known;
    const above = idsAbove(rule, byId).flatMap((id) => byId.get(id) ?? []);
    const explained = new Set(above.flatMap(findOf).flatMap(({ explains = [] }) => explains.map(keyOf)));
    const found = rule.find(input, (end, id) => explained.has(keyOf({ end, id })));
    results.set(rule, found);
    return found;
  };
  return rules.map((rule) => ({ rule, found: findOf(rule) }));
}

/** The ids of all rules that hide this one, directly or through another. A circle is a mistake: it hides nothing. */
export function idsAbove(rule: Rule, byId: ReadonlyMap<string, Rule>): string[] {
  const found = new Set<string>();
  const climb = ({ meta }: Rule): void => {
    for (const id of meta.hiddenBy ?? []) {
      if (found.has(id)) continue;
      found.add(id);
      const next = byId.get(id);
      if (next) climb(next);
    }
  };
  climb(rule);
  return [...found];
}

function keyOf({ end, id }: ObjectEnd): string {
  return `${end} ${id}`;
}
