/**
 * Lines in which `->` was lost or mistyped. Without quotes a shell reads `app:/srv -> web:/html` as the arguments
 * `app:/srv` and `-`, and sends what is printed into a file `web:/html`.
 */

/** What is wrong and how to write it, or undefined for a line that may be right. */
export function missingArrow(line: string): string | undefined {
  // Longer ones are no slips of the pen, and are read by the parser, which is linear.
  if (line.length > 1024 || line.includes('"')) return undefined;
  const text = line.trim();
  if (text === '-' || (!/[>;,]/.test(text) && /-$/.test(text))) {
    return 'quotes are missing around the share, and the shell took what stands behind "-" for the name of a file (look for one that it made): write it in single quotes';
  }
  const arrow = /\s(-\s+>|=>|→|–>|—>|>|-|\|>?)\s+[a-z0-9][-a-z0-9]*:/i.exec(text)?.[1];
  if (arrow === undefined || text.includes('->')) return undefined;
  return `"->" is expected between the source and the containers, and there is "${arrow}"`;
}
