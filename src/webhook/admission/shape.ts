/**
 * Checks depth and number of values of a JSON body before it is parsed. Parsing many small values takes many times the
 * memory of the text, and V8 ends the whole process, not only the thread, if one uninterruptible step takes too much.
 */
import { BookendError } from '../../errors.ts';

/** @throws BookendError `bad-input` that names the limit */
export function checkShape(body: Uint8Array, limits: { depth: number; values: number }): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (byte === quote) at = endOfText(body, at + 1);
    else if (byte === closeMap || byte === closeList) depth--;
    else if (byte === comma) values++;
    else if (byte === openMap || byte === openList) {
      values++;
      depth++;
    }
    if (depth > limits.depth) throw tooMuch(`nested more than ${limits.depth} levels deep`);
    if (values > limits.values) throw tooMuch(`of more than ${limits.values} values`);
  }
}

/** Where the quote stands that ends a text. */
function endOfText(body: Uint8Array, from: number): number {
  let at = from;
  while (at < body.length && body[at] !== quote) at += body[at] === backslash ? 2 : 1;
  return at;
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openMap, closeMap, openList, closeList] = [0x7b, 0x7d, 0x5b, 0x5d];

function tooMuch(what: string): BookendError {
  return new BookendError('bad-input', `the body is ${what}`, { advice: 'The API server stores no such Pod.' });
}
