/** Breaks text at spaces, so that it fits a terminal. */

/**
 * @param width in characters; a word that is longer stays whole
 * @param indent of every line but the first
 */
export function wrapped(text: string, width: number, indent = 0): string[] {
  const [start = ''] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = start;
  // What comes from a cluster must not reach the terminal as a control sequence.
  for (const word of text
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .split(/ +/)) {
    const isFresh = line.trim() === '';
    if (!isFresh && line.length + 1 + word.length > width) {
      lines.push(line);
      line = `${' '.repeat(indent)}${word}`;
    } else {
      line += isFresh ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}
