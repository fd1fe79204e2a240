/**
 * Quoted text that goes on in lines without the indentation that YAML asks for. The YAML library refuses it; the reader
 * of Helm and kubectl (go.yaml.in/yaml, `yaml_parser_scan_flow_scalar`) reads it at any indentation, and public charts
 * have definitions with such descriptions. What stands before the text of a line that goes on is no part of it, so more
 * of it changes neither what the text means nor on which line anything stands.
 */

/** What begins a line before its text: indentation and dashes, a key, an anchor or a tag, and the quote. */
const opening = /^( *(?:- +)*)(?:(?:[^\s'"#:[\]{}][^'"#]*?|"[^"]*"|'[^']*') *: +)?(?:[&!]\S+ +)*(["'])/;
/** A line after which literal or folded text follows. */
const textBelow = /^( *(?:- +)*)(?:.*: +|)(?:[&!]\S+ +)*[|>][-+\d]* *(?: #.*)?$/;

/** The same text with such lines indented; undefined where there are none, or where a text in quotes does not end. */
export function indentQuotedLines(text: string): string | undefined {
  const lines = text.split('\n');
  let changed = false;
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const [whole = '', before = '', quote = ''] = opening.exec(line) ?? [];
    if (quote === '') {
      at = behindText(lines, at);
      continue;
    }
    const last = lastLineOf(lines, at, whole.length, quote);
    if (last === undefined) return undefined;
    for (let index = at + 1; index <= last; index++) {
      const next = lines[index] ?? '';
      if (isEmpty(next) || indentOf(next) > before.length) continue;
      lines[index] = `${' '.repeat(before.length + 1)}${next.slice(indentOf(next))}`;
      changed = true;
    }
    at = last + 1;
  }
  return changed ? lines.join('\n') : undefined;
}

/** The next line, or the one behind the literal text that this one begins. */
function behindText(lines: readonly string[], at: number): number {
  const [header, before = ''] = textBelow.exec(lines[at] ?? '') ?? [];
  let next = at + 1;
  if (header === undefined) return next;
  const isText = (line: string) => isEmpty(line) || indentOf(line) > before.length;
  while (next < lines.length && isText(lines[next] ?? '')) next++;
  return next;
}

/** The line on which the text ends that begins at a column of a line, behind its quote. */
function lastLineOf(lines: readonly string[], first: number, column: number, quote: string): number | undefined {
  const rest = quote === "'" ? /^(?:[^']|'')*'(?!')/ : /^(?:[^"\\]|\\.)*"/;
  for (let at = first; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (at > first && /^(?:---|\.\.\.)(?:\s|$)/.test(line)) return undefined;
    if (rest.test(at === first ? line.slice(column) : line)) return at;
  }
  return undefined;
}

function isEmpty(line: string): boolean {
  return indentOf(line) === line.length;
}

/** Spaces and tabs: all other white space is text to YAML. */
function indentOf(line: string): number {
  return /^[ \t]*/.exec(line)?.[0].length ?? 0;
}
