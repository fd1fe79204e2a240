/**
 * Writes a document as JSON, piece by piece: the plan of a large cluster has 15 MB, and as one text it is in memory
 * several times over. The next piece is made when the reader, such as a pager, has taken the last one.
 */
import type { Invocation } from './invocation.ts';

/** In characters: few writes, and little to keep. */
const pieceLength = 65_536;

/** Writes what `JSON.stringify(document, null, 2)` gives, and ends the line. */
export async function outJson(document: unknown, { out, drained }: Pick<Invocation, 'out' | 'drained'>): Promise<void> {
  let piece = '';
  for (const part of jsonParts(document ?? null)) {
    piece += part;
    if (piece.length < pieceLength) continue;
    out(piece);
    piece = '';
    await drained();
  }
  out(`${piece}\n`);
}

const unit = '  ';
/** Reaches the entries of the lists in a document. Each is small. */
const depth = 2;

/** No part begins or ends within a string, where the start of a line would have a meaning. */
function* jsonParts(value: unknown, level = 0): Generator<string> {
  const indent = `\n${unit.repeat(level)}`;
  if (level === depth || !isPlain(value)) {
    // A line break in JSON is never part of a string.
    yield JSON.stringify(value, null, unit).replaceAll('\n', indent);
    return;
  }
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  let before = open;
  for (const [key, entry] of entriesOf(value)) {
    yield `${before}${indent}${unit}${key}`;
    yield* jsonParts(entry, level + 1);
    before = ',';
  }
  yield before === open ? `${open}${close}` : `${indent}${close}`;
}

/** A Date, for example, has a form of its own. */
function isPlain(value: unknown): value is object {
  return Array.isArray(value) || (value instanceof Object && Object.getPrototypeOf(value) === Object.prototype);
}

function* entriesOf(value: object): Generator<[key: string, entry: unknown]> {
  if (Array.isArray(value)) for (const entry of value) yield ['', entry ?? null];
  else for (const [key, entry] of Object.entries(value)) if (entry !== undefined) yield [`${JSON.stringify(key)}: `, entry];
}
