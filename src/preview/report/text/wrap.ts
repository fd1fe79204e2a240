/** Breaks text at spaces, so that it fits a terminal; never inside of backticks: commands are there to be copied. */

/**
 * @param width in characters; a word that is longer stays whole
 * @param indent of every line but the first
 */
export function wrapped(text: string, width: number, indent = 0): string[] {
  const [start = ''] = /^ */.exec(text) ?? [];
  const lines: string[] = [];
  let line = start;
  for (const word of text.replaceAll(/\p{Cc}/gu, ' ').match(words) ?? []) {
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

/** What no space parts, and commands in backticks with all that is in them. */
const words = /(?:`[^`]*`|[^ ])+/g;
