/** Reads import declarations from TypeScript as text: all that is needed here, without a parser. */

export type Import = { from: string; typeOnly: boolean };

/** Every static and dynamic import and re-export with a literal specifier. */
export function importsOf(text: string): Import[] {
  const code = withoutComments(text);
  const declarations = [...code.matchAll(/^\s*(?:import|export)\s+(type\s)?(?:[\w$*{},\s]+?\sfrom\s+)?'([^'\n]+)'/gm)].map(
    ([, type, from = '']) => ({ from, typeOnly: type !== undefined }),
  );
  const dynamic = [...code.matchAll(/\bimport\(\s*'([^'\n]+)'\s*\)/g)].map(([, from = '']) => ({ from, typeOnly: false }));
  return [...declarations, ...dynamic];
}

/** The text without comments, without the contents of strings and regular expressions, so that only code is left to search. */
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
