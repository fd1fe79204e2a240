/**
 * Wraps long lines of Markdown. The linter refuses prose beyond 120 columns, and nobody should have to wrap it by hand.
 *
 * Only a paragraph or list item with a line that is too long changes. Code, tables, headings and HTML stay as they are.
 */

export const longestLine = 120;

export function wrapMarkdown(text: string, width = longestLine): string {
  const lines: string[] = [];
  let block: string[] = [];
  let fence: string | undefined;
  const flush = () => {
    lines.push(...wrapBlock(block, width));
    block = [];
  };
  for (const line of text.split('\n')) {
    const [, mark] = /^\s*(`{3,}|~{3,})/.exec(line) ?? [];
    if (fence !== undefined || mark !== undefined || isFixed(line)) {
      flush();
      lines.push(line);
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      continue;
    }
    if (listItem.test(line) || docTag.test(line)) flush();
    block.push(line);
  }
  flush();
  return lines.join('\n');
}

const listItem = /^\s*(?:[-*+]|\d+[.)])\s+/;
/** In comments of code: `@param`. */
const docTag = /^@[a-z]/;

/** Blank lines, headings, tables, quotations, HTML and definitions of links. */
function isFixed(line: string): boolean {
  return /^\s*(?:$|#|\||>|<|\[[^\]]+\]:)/.test(line);
}

function wrapBlock(block: readonly string[], width: number): readonly string[] {
  const [first = ''] = block;
  if (block.every((line) => line.length <= width)) return block;
  const lead = (listItem.exec(first) ?? /^\s*/.exec(first))?.[0] ?? '';
  const rest = ' '.repeat(lead.length);
  const words = wordsOf([first.slice(lead.length), ...block.slice(1)].map((line) => line.trim()).join(' '));
  const lines: string[] = [];
  let line = lead;
  for (const word of words) {
    const empty = line.trim() === '' || line === lead;
    if (!empty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = rest + word;
    } else {
      line += empty ? word : ` ${word}`;
    }
  }
  return [...lines, line];
}

/**
 * A code span or the text of a link stays whole, and so does a word that would begin a list or heading at the start of
 * a line.
 */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const word of text.match(/(?:`+[^`]*`+|!?\[[^\]]*\]\([^)]*\)|[^\s`[]+|[`[])+/g) ?? []) {
    if (/^(?:[-+*=]+|#+|>|\|.*|<.*|@[a-z]+|\d+[.)])$/.test(word) && words.length > 0) words.push(`${words.pop()} ${word}`);
    else words.push(word);
  }
  return words;
}
