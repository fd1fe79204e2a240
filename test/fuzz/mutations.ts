/**
 * Changes valid inputs, so that what comes out is deep inside of what a reader expects: most random text is refused
 * at its first character.
 */
import fc from 'fast-check';

/** Pieces that readers of YAML, JSON and our own lines stumble over. */
const pieces = [
  ...'null true {} [] "" 0 -1 1e999 0x1F 0644 .inf .nan ~ yes 2001-12-14t21:59:43.10-05:00'.split(' '),
  ...[
    '{{ .Values.x }}',
    '&a',
    '*a',
    '<<: *a',
    '!!binary aGk=',
    '!!set {}',
    '? ',
    '- ',
    ': ',
    '|',
    '>-',
    '%YAML 1.2',
    '---\n',
    '...\n',
    '# ',
  ],
  ...['\0', '\t', '\r\n', '\n', '\\', '"', "'", '\u2028', '\ufeff', '\ud800', '😀', 'é', '\u001b[31m'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'length', 'then', 'toJSON'],
  ...['->', ':', ',', ';', '=', ':ro', ':rw', '; mode=copy', '; constructor=x', 'image(', ')', '..', '//', '/./', '$(X)', '%00'],
];

type Change =
  | { do: 'remove'; at: number; length: number }
  | { do: 'insert'; at: number; text: string }
  | { do: 'repeat'; at: number; length: number; times: number }
  | { do: 'nest'; at: number; opening: string; closing: string; times: number }
  | { do: 'move'; at: number; length: number; to: number };

/** Where in the text, as a fraction of its length: so that the same change fits any text. */
const place = fc.double({ min: 0, max: 1, noNaN: true });
const few = fc.integer({ min: 1, max: 40 });
const brackets = fc.constantFrom(['[', ']'], ['{"a":', '}'], ['- ', ''], ['[', ''], ['{a: ', ''], ['"', '"']);

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ do: fc.constant('remove'), at: place, length: few }),
  fc.record({
    do: fc.constant('insert'),
    at: place,
    text: fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8, unit: 'binary' })),
  }),
  fc.record({ do: fc.constant('repeat'), at: place, length: few, times: fc.constantFrom(2, 3, 50, 2_000) }),
  fc
    .tuple(place, brackets, fc.constantFrom(1, 10, 200, 3_000))
    .map(([at, [opening = '', closing = ''], times]): Change => ({ do: 'nest', at, opening, closing, times })),
  fc.record({ do: fc.constant('move'), at: place, length: few, to: place }),
) as fc.Arbitrary<Change>;

/** One of the texts, changed at several places; now and then as it is, or nothing of it. */
export function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const changed = fc
    .tuple(fc.constantFrom(...texts), fc.array(change, { maxLength: 6 }))
    .map(([text, changes]) => changes.reduce(apply, text).slice(0, longest));
  return fc.oneof({ weight: 20, arbitrary: changed }, { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 200 }) });
}

/** Large enough for what is quadratic, small enough for thousands of inputs in a minute. */
const longest = 30_000;

/** A value of JSON in which any part may be something else. */
export function maimed(values: readonly unknown[]): fc.Arbitrary<unknown> {
  const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(...pieces), fc.constant(undefined));
  const step = fc.tuple(fc.nat(), anything, fc.constantFrom('replace', 'add', 'twice'));
  return fc
    .tuple(fc.constantFrom(...values), fc.array(step, { maxLength: 5 }))
    .map(([value, steps]) => steps.reduce<unknown>((so, [index, part, how]) => maim(so, index, part, how), value));
}

function apply(text: string, each: Change): string {
  const at = Math.floor(each.at * text.length);
  const [before, behind] = [text.slice(0, at), text.slice(at)];
  switch (each.do) {
    case 'remove':
      return before + behind.slice(each.length);
    case 'insert':
      return before + each.text + behind;
    case 'repeat':
      return before + behind.slice(0, each.length).repeat(each.times) + behind.slice(each.length);
    case 'nest':
      return before + each.opening.repeat(each.times) + each.closing.repeat(each.times) + behind;
    case 'move': {
      const rest = before + behind.slice(each.length);
      const to = Math.floor(each.to * rest.length);
      return rest.slice(0, to) + behind.slice(0, each.length) + rest.slice(to);
    }
  }
}

/** Changes the part of this number, counted from the outside in. */
function maim(value: unknown, index: number, part: unknown, how: string): unknown {
  const parts: { holder: Record<string, unknown>; key: string }[] = [];
  const copy = structuredClone(value);
  const visit = (each: unknown) => {
    if (typeof each !== 'object' || each === null) return;
    const holder = each as Record<string, unknown>;
    for (const key of Object.keys(holder)) {
      parts.push({ holder, key });
      visit(holder[key]);
    }
  };
  visit(copy);
  const chosen = parts[index % Math.max(1, parts.length)];
  if (!chosen) return part;
  const { holder, key } = chosen;
  if (how === 'replace') holder[key] = part;
  else if (Array.isArray(holder)) holder.push(how === 'twice' ? holder[Number(key)] : part);
  else holder[how === 'twice' ? `${key}2` : keyFrom(part)] = how === 'twice' ? holder[key] : part;
  return copy;
}

/** As JSON: an object may have a `toString` of its own. */
function keyFrom(part: unknown): string {
  return (typeof part === 'string' ? part : (JSON.stringify(part) ?? '')).slice(0, 20);
}
