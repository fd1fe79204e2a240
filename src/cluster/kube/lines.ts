/**
 * A byte stream cut into lines. A watch sends one JSON document a line, from a hundred bytes to megabytes, cut
 * anywhere by the network; every byte is looked at once and copied at most once, however large the line.
 */
import { BookendError } from '../../errors.ts';

const newline = 0x0a;

/** No object is that large: a line that does not end would otherwise be kept until there is no memory left. */
const longestLine = 64 * 2 ** 20;

export class LineSplitter {
  #pieces: Buffer[] = [];
  #kept = 0;

  /**
   * Takes the next bytes and hands over every line that they complete, without its end. Empty lines are left out.
   * @throws BookendError `unreachable` for a line without end
   */
  push(chunk: Buffer, onLine: (line: string) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#pieces.length > 0 ? this.#complete(chunk.subarray(start, end)) : chunk.toString('utf8', start, end);
      start = end + 1;
      if (line !== '') onLine(line);
    }
    if (start === chunk.length) return;
    this.#pieces.push(start === 0 ? chunk : chunk.subarray(start));
    this.#kept += chunk.length - start;
    if (this.#kept > longestLine)
      throw new BookendError('unreachable', `the server sent a line of more than ${longestLine} bytes`);
  }

  #complete(last: Buffer): string {
    const line = Buffer.concat([...this.#pieces, last]).toString('utf8');
    this.#pieces = [];
    this.#kept = 0;
    return line;
  }
}
