/**
 * A byte stream cut into lines. A watch sends one JSON document a line, from a hundred bytes to megabytes, cut anywhere by the
 * network; every byte is looked at once and copied at most once, however large the line.
 */
const newline = 0x0a;

export class LineSplitter {
  #pieces: Buffer[] = [];

  /** Takes the next bytes and hands over every line that they complete, without its end. Empty lines are left out. */
  push(chunk: Buffer, onLine: (line: string) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#pieces.length > 0 ? this.#complete(chunk.subarray(start, end)) : chunk.toString('utf8', start, end);
      start = end + 1;
      if (line !== '') onLine(line);
    }
    if (start < chunk.length) this.#pieces.push(start === 0 ? chunk : chunk.subarray(start));
  }

  #complete(last: Buffer): string {
    const line = Buffer.concat([...this.#pieces, last]).toString('utf8');
    this.#pieces = [];
    return line;
  }
}
