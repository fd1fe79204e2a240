/**
 * One printed command, read back as a shell reads it: what a person would run is compared with what was meant, and
 * played. Only what `shellCommand` writes is read; a shell would do more with anything else, so that is no command of
 * ours.
 */
import { parse, type Word, type WordPart } from 'unbash';

/** @returns the words that the program gets; undefined where a shell would run something else than one plain command */
export function printedWords(text: string): string[] | undefined {
  const { commands } = parse(text);
  const [only] = commands;
  if (commands.length !== 1 || only?.command.type !== 'Command' || only.background) return undefined;
  const { name, prefix, suffix, redirects } = only.command;
  if (name === undefined || prefix.length > 0 || redirects.length > 0) return undefined;
  const words = [name, ...suffix].map((word) => (word.type === 'Word' ? literal(word) : undefined));
  return words.every((word) => word !== undefined) ? words : undefined;
}

function literal({ value, text, parts }: Word): string | undefined {
  if (parts === undefined) return /[$`*?[~{]/.test(text) ? undefined : value;
  const texts = parts.map(ofPart);
  return texts.every((each) => each !== undefined) ? texts.join('') : undefined;
}

function ofPart(part: WordPart): string | undefined {
  if (part.type === 'SingleQuoted') return part.value;
  if (part.type === 'Literal') return /[$`*?[~{]/.test(part.text) ? undefined : part.value;
  if (part.type !== 'DoubleQuoted') return undefined;
  const [only, ...others] = part.parts;
  return only?.type === 'CommandExpansion' && others.length === 0 ? printed(only.text) : undefined;
}

/** What `$(printf '…')` prints, with the octal escapes that `shellWord` writes. */
function printed(expansion: string): string | undefined {
  const [, format] = /^\$\(printf '((?:[^'\\%]|\\[0-7]{3})*)'\)$/.exec(expansion) ?? [];
  if (format === undefined) return undefined;
  const bytes = format.match(/\\[0-7]{3}|[^\\]/g) ?? [];
  const codes = bytes.flatMap((each) =>
    each.startsWith('\\') ? [Number.parseInt(each.slice(1), 8)] : [...new TextEncoder().encode(each)],
  );
  // A shell drops the line breaks at the end of what a substitution prints.
  return new TextDecoder().decode(Uint8Array.from(codes)).replace(/\n+$/, '');
}
