/**
 * Recognizes lines in which `->` is missing or mistyped. Without quotes, a shell reads `app:/srv -> web:/html` as the
 * arguments `app:/srv` and `-`, and writes the output to a file `web:/html`.
 */

/** What is wrong and how to write it, or undefined for a line that may be right. */
export function missingArrow(line: string): string | undefined {
  // Longer ones are no slips of the pen, and are read by the parser, which is linear.
  if (line.length > 1024 || line.includes('"')) return undefined;
  const text = line.trim();
  if (text === '-' || (!/[>;,]/.test(text) && /-$/.test(text))) {
    return 'the share needs single quotes: without them the shell reads ">" as a redirection, and writes the output to a file';
  }
  const arrow = /\s(-\s+>|=>|→|–>|—>|>|-|\|>?)\s+[a-z0-9][-a-z0-9]*:/i.exec(text)?.[1];
  if (arrow === undefined || text.includes('->')) return undefined;
  return `expected "->" between source and containers, found "${arrow}"`;
}
