/**
 * Makes text from outside visible. Messages, conditions, annotations, names of roles and output of charts can contain
 * sequences that clear a screen, write to the clipboard or hide a line. Nothing is lost: invisible characters are
 * written as `\u001b`, as in JSON.
 */

/**
 * C0 but for tabs and line feeds (and the carriage returns before them), DEL, C1, separators of lines, what turns the
 * direction of text.
 */
const invisible = /\r(?!\n)|[^\P{Cc}\t\n\r]|[\u2028\u2029\p{Bidi_Control}]/gu;
/** What ends a line for a terminal, a log viewer or an editor. */
const lineBreaks = /[\n\v\f\r\u0085\u2028\u2029]/;
/** A line that runs as a command in the logs of GitHub Actions: `::stop-commands::`. */
const workflowCommand = /^([ \t]*):(?=:)/gm;

/** The same text, its lines kept, with nothing in it that a terminal acts on. */
export function visible(text: string): string {
  return text.replaceAll(invisible, escaped).replaceAll(workflowCommand, '$1: ');
}

/** The same text as one line: nobody who writes a message begins a line of ours. */
export function oneLine(text: string): string {
  if (!lineBreaks.test(text)) return text;
  const [first = '', ...rest] = text.split(lineBreaks);
  return [first.trimEnd(), ...rest.map((line) => line.trim()).filter((line) => line !== '')].join(' ');
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
