/** Reads import declarations from TypeScript as text: all that is needed here, without a parser. */
import { posix } from 'node:path';

/** The specifier of every static and dynamic import and re-export, types included. */
export function importsOf(text: string): string[] {
  const code = withoutComments(text);
  const declarations = /^\s*(?:import|export)\s+(?:type\s)?(?:[\w$*{},\s]+?\sfrom\s+)?'([^'\n]+)'/gm;
  return [declarations, /\bimport\(\s*'([^'\n]+)'\s*\)/g].flatMap((pattern) =>
    [...code.matchAll(pattern)].map(([, from = '']) => from),
  );
}

/** The file that a relative import means, from the repository's root. */
export function pathOf(importer: string, specifier: string): string {
  return posix.join(posix.dirname(importer), specifier);
}

/** What stands between quotes, outside of comments; of a template string the parts without its braces. */
export function stringsOf(text: string): string[] {
  return [...text.matchAll(tokens)].flatMap(([token]) => (/^['"`]/.test(token) ? token.slice(1, -1).split(/\$\{[^}]*\}/) : []));
}

/**
 * The text without comments, without the contents of strings and regular expressions, so that only code is left to
 * search.
 */
export function codeOf(text: string): string {
  return text.replaceAll(tokens, (token) => {
    if (isComment(token)) return ' ';
    // What stands in a template string's braces is code.
    return token.startsWith('`')
      ? `'${[...token.matchAll(/\$\{([^}]*)\}/g)].map(([, code]) => `' + ${code} + '`).join('')}'`
      : "''";
  });
}

/** Comments, strings (template strings as a whole) and regular expressions, whichever begins first. */
const tokens =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|(?<=[(,=:[!&|?{};]\s*)\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n])+\/[a-z]*/g;

function withoutComments(text: string): string {
  return text.replaceAll(tokens, (token) => (isComment(token) ? ' ' : token));
}

function isComment(token: string): boolean {
  return token.startsWith('//') || token.startsWith('/*');
}
