import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { ObjectId } from '../../objects/identity.ts';
import { findInTurn, idsAbove } from './hiding.ts';
import { type Explained, ends, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { findingRules } from './rules.ts';

const widget = 'Widget.example.com/shop/one' as ObjectId;
const text = { yaml: '', says: '' };

/** A rule that tells of the Widget unless another has explained it. */
function ruleNamed(id: string, hiddenBy: readonly string[]): Rule {
  const found: Found = {
    ...{ severity: 'note', title: id, evidence: [], consequence: '', remedies: [] },
    objects: [widget],
    explains: ends('left', [widget]),
  };
  const find = (_: RuleInput, isExplained: Explained) => (isExplained('left', widget) ? [] : [found]);
  return { meta: { id, name: '', means: '', severity: 'note', hiddenBy, fails: text, passes: text }, find };
}

function titles(rules: readonly Rule[]): string[] {
  return findInTurn(rules, {} as RuleInput).flatMap(({ found }) => found.map(({ title }) => title));
}

describe('a finding', () => {
  test('is hidden by a rule that is named, wherever it stands in the list', () => {
    assert.deepEqual(titles([ruleNamed('general', ['special']), ruleNamed('special', [])]), ['special']);
  });

  test('is hidden by what hides the rule that hides it', () => {
    const rules = [ruleNamed('last', ['middle']), ruleNamed('middle', ['first']), ruleNamed('first', [])];
    assert.deepEqual(titles(rules), ['first']);
  });

  test('is not hidden by a rule that is not named', () => {
    assert.deepEqual(titles([ruleNamed('one', []), ruleNamed('other', [])]), ['one', 'other']);
  });
});

describe('every rule', () => {
  const byId = new Map(findingRules.map((rule) => [rule.meta.id, rule]));
  for (const rule of findingRules) {
    const { id } = rule.meta;
    test(`${id} is hidden by rules that exist, and never by itself`, () => {
      const above = idsAbove(rule, byId);
      assert.deepEqual(
        above.filter((each) => !byId.has(each) || each === id),
        [],
      );
    });

    test(`${id} is named as its file`, () => {
      assert.ok(existsSync(new URL(`${id}.ts`, import.meta.url)));
    });
  }
});
