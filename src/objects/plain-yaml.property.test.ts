/**
 * What is read quickly must mean what the library says, whatever the text. A failure prints its seed; `SEED=…` runs it
 * again.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { plainContent, spansOf } from './plain-yaml.ts';
import { readYaml } from './yaml.ts';

const oneOf = (words: string) => fc.constantFrom(...words.split(' '));

/** The first mostly, the second now and then. */
const mostly = <T>(often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 12, arbitrary: often }, { weight: 1, arbitrary: seldom });

const usual = fc.oneof(
  oneOf('a nginx:1.2 --flag 100m /a/b http://a:80/ app.kubernetes.io/name'),
  fc.constantFrom<unknown>('a b', '', 'a\nb\n', 'a\n\n  b', '\na\n', '{{ .a }}', 'a "b"', 80, 0, -1, true, null),
);
const unusual = fc.oneof(
  oneOf(`NO ~ 1e3 0x1F 0o7 012 1_0 .5 - a: # * \\ " it's [ << = ... --- 1.2.3 2026-11-22 null E5 é`),
  fc.constantFrom('a: b', 'a #b', ' a ', '\t', '\u00a0', '\u2028', ' \na', 'a\n ', '\n\n', 'word '.repeat(9)),
  ...[fc.string(), fc.integer(), fc.double({ noNaN: true })],
);
const key = mostly(oneOf('a b-c d.e/f name'), oneOf('on y Null 1 # - "'));
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    mostly(usual, unusual),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
  ),
}));

const writing = fc.record({
  indent: fc.constantFrom(1, 2, 4),
  indentSeq: fc.boolean(),
  lineWidth: mostly(fc.constant(0), fc.constant(20)),
  defaultStringType: fc.constantFrom<'PLAIN' | 'QUOTE_DOUBLE' | 'QUOTE_SINGLE'>('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
  collectionStyle: mostly(fc.constant('any' as const), fc.constant('flow' as const)),
});
const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n';
const document = fc
  .tuple(tree, writing)
  .map(([data, options]) => `${head}${stringify({ data }, { ...options, version: '1.1', aliasDuplicateObjects: false })}`);

/** What somebody or a template might put in or leave out. */
const piece = fc.oneof(
  oneOf(`- : # " ' | > [ ] { } , &a *a ! ? \\ ~ 1 a`),
  fc.constantFrom(
    ' ',
    '  ',
    '\n',
    '\n ',
    '\n \n',
    '- ',
    ': ',
    ' # c',
    '\t',
    '\r',
    '---\n',
    '...\n',
    '\u00a0',
    'a: b',
    '|\n',
    '\\\n  ',
    '\\ \n ',
  ),
);
const change = fc.record({ at: fc.nat(10_000), without: fc.nat(3), piece });
const text = fc
  .tuple(fc.array(document, { minLength: 1, maxLength: 2 }), fc.array(change, { maxLength: 2 }))
  .map(([documents, changes]) => changes.reduce(changed, documents.join('---\n')));

function changed(whole: string, { at, without, piece: put }: { at: number; without: number; piece: string }): string {
  const place = at % whole.length;
  const result = `${whole.slice(0, place)}${put}${whole.slice(place + without)}`;
  return result.endsWith('\n') ? result : `${result}\n`;
}

function outcome(given: string): unknown {
  try {
    return readYaml(given, 'a.yaml');
  } catch {
    return 'refused';
  }
}

test('plain YAML means what the library says', () => {
  const runs = 1_000;
  let plain = 0;
  fc.assert(
    fc.property(text, (given) => {
      const lines = given.split('\n');
      const spans = spansOf(lines) ?? [];
      if (spans.some((span) => plainContent(lines, span, () => '') !== undefined)) plain++;
      // The mark for the end of a document leaves everything to the library.
      assert.deepEqual(outcome(given), outcome(`${given}...\n`));
    }),
    { numRuns: runs, ...(process.env.SEED && { seed: Number(process.env.SEED) }) },
  );
  assert.ok(plain > runs / 4, `only ${plain} of ${runs} had a document that was read quickly`);
});
