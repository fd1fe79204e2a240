/**
 * Whether a body of JSON is of a size that can be read safely: how deep and how many values, before anything is made
 * of it. Reading takes many times the memory of the text where there are many small values, and V8 ends the whole
 * process, not only the thread, when one uninterruptible step takes too much.
 */
import { BookendError } from '../../errors.ts';

/** @throws BookendError `bad-input` that names the limit */
export function checkShape(body: Uint8Array, limits: { depth: number; values: number }): void {
  let depth = 0;
  let values = 0;
  let inText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (inText) {
      if (byte === backslash) at++;
      else if (byte === quote) inText = false;
    } else if (byte === quote) inText = true;
    else if (byte === comma) values++;
    else if (byte === openMap || byte === openList) {
      values++;
      depth++;
      if (depth > limits.depth) throw tooMuch(`nested more than ${limits.depth} levels deep`);
    } else if (byte === closeMap || byte === closeList) depth--;
    if (values > limits.values) throw tooMuch(`of more than ${limits.values} values`);
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openMap, closeMap, openList, closeList] = [0x7b, 0x7d, 0x5b, 0x5d];

function tooMuch(what: string): BookendError {
  return new BookendError('bad-input', `the body is ${what}`, { advice: 'No Pod that the API server stores is.' });
}
