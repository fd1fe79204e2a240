import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { celValue, evaluate } from './evaluate.ts';

const numbers = Array.from({ length: 300 }, (_, index) => index);
const object = celValue({ numbers, text: 'x'.repeat(100_000), a: 'a'.repeat(40), labels: { app: 'web' } });
const outcomeOf = (expression: string) => {
  const started = performance.now();
  const outcome = evaluate(expression, { object });
  return { answer: 'error' in outcome ? outcome.error : outcome.value, ms: performance.now() - started };
};

/** `cel.bind(x1, …x0…, cel.bind(x2, …x1…, last))` */
const chain = (first: string, next: (last: string) => string, length: number, end: string) => {
  const names = Array.from({ length }, (_, index) => `x${index}`);
  return names.reduceRight(
    (inner, name, index) => `cel.bind(${name}, ${index === 0 ? first : next(`x${index - 1}`)}, ${inner})`,
    end.replaceAll('LAST', `x${length - 1}`),
  );
};

const all = (depth: number, body: string): string =>
  depth === 0 ? body : `object.numbers.all(n${depth}, ${all(depth - 1, body)})`;

const bombs: Record<string, string> = {
  'nested comprehensions': all(6, 'n1 + n2 < 1000'),
  'comprehensions that hide their errors': `${all(6, 'n1 + n2 < 1000')} || true`,
  'comprehensions in exists': `object.numbers.exists(n, ${all(5, 'n1 < 0 || n1 >= 0')} && false)`,
  'lists that are mapped and mapped again': `${'object.numbers.map(a, object.numbers.map(b, object.numbers.map(c, '}a + b + c))).size() > 0`,
  'text that doubles': chain('"xxxxxxxxxxxxxxxx"', (last) => `${last} + ${last}`, 40, 'LAST.size() > 0'),
  'lists that double': chain('[1, 2, 3]', (last) => `${last} + ${last}`, 40, 'LAST.size() > 0'),
  'lists that hold each other, compared': chain('[1]', (last) => `[${last}, ${last}]`, 60, 'LAST == LAST + []'),
  'lists that hold each other, searched': chain('[1]', (last) => `[${last}, ${last}]`, 60, 'LAST in [LAST + []]'),
  'maps that are keys of maps': chain('{1: 1}', (last) => `{${last}: ${last}}`, 30, 'LAST == LAST'),
  'maps whose keys begin like a text': chain('{1: 1}', (last) => `{"" == "" ? ${last} : ${last}: ${last}}`, 30, 'LAST == LAST'),
  'text that is replaced by more': chain('object.text', (last) => `${last}.replace("x", object.text)`, 3, 'LAST.size() > 0'),
  'text that is sought in text': 'object.numbers.all(n, object.text.contains(object.text.substring(1) + "y") || true)',
  'a long list in words': `object.numbers.all(n, object.numbers.map(m, object.text).join("").size() > 0)`,
  'times in time zones':
    'object.numbers.all(a, object.numbers.all(b, timestamp("2026-11-24T12:00:00Z").getHours("Europe/Berlin") > 0))',
  'a long program for a regular expression': 'object.text.matches("(x?){500}y{500}")',
  'a regular expression of repetitions': '"a".matches("(a{1,900}b){2}c{900}d{900}")',
  'a regular expression for each': 'object.numbers.all(n, object.text.matches("(.*)+" + string(n) + "$") || true)',
  'searches from everywhere': 'object.text.findAll("x").size() > 0',
  'an expression that is too long': `${'1 + '.repeat(8_000)}1 == 8001`,
};

describe('a CEL expression', () => {
  for (const [name, expression] of Object.entries(bombs)) {
    test(`that is too costly is given up: ${name}`, () => {
      const { answer, ms } = outcomeOf(expression);
      assert.equal(answer, 'too costly to evaluate');
      assert.ok(ms < 10_000, `${ms} ms`);
      assert.equal(outcomeOf('1 + 1 == 2').answer, true, 'the next one has a budget of its own');
    });
  }

  test('matches with an engine whose time grows with the text only', () => {
    for (const pattern of ['(a+)+$', '(a|a)*$', '(.*)*c', '(x+x+)+y', '([a-zA-Z]+)*!']) {
      const { answer, ms } = outcomeOf(`(object.a + "!?").matches("${pattern}") || true`);
      assert.equal(answer, true);
      assert.ok(ms < 1_000, `${pattern}: ${ms} ms`);
    }
    assert.equal(outcomeOf('(object.a + "!").matches("(a+)+$")').answer, false);
    assert.equal(outcomeOf('"web-1".matches("^[a-z]+-[0-9]{1,3}$") && !"web".matches("[0-9]")').answer, true);
    assert.equal(outcomeOf('"ab12cd3".findAll("[0-9]+") == ["12", "3"] && "ab12".find("[0-9]") == "1"').answer, true);
  });

  test('knows the regular expressions that Go knows, and no others', () => {
    assert.match(String(outcomeOf('"a".matches("(?=a)a")').answer), /^invalid regular expression/);
    assert.match(String(outcomeOf(String.raw`"aa".matches("(a)\\1")`).answer), /^invalid regular expression/);
    assert.equal(outcomeOf(String.raw`"ä".matches("^\\pL$")`).answer, true);
  });

  test('that is worth its cost is evaluated: a hundred containers, each against all others', () => {
    assert.equal(outcomeOf('object.numbers.all(a, object.numbers.exists(b, a == b))').answer, true);
    assert.equal(outcomeOf('object.numbers.filter(n, n % 2 == 0).map(n, string(n)).size() == 150').answer, true);
    assert.equal(outcomeOf('object.numbers == object.numbers && object.labels == {"app": "web"}').answer, true);
  });
});
