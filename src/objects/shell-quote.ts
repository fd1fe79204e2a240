/**
 * Quotes words of printed commands for a shell. The author of an object chooses its name, and names of roles may
 * contain anything but `/` and `%`: `$(…)`, quotes and line breaks too. Every word of a command goes through here.
 */

/** What no POSIX shell reads as anything but itself. */
const plain = /^[\w./:=@,+%-]+$/;
/**
 * Control characters, and what changes the direction of text: people could not see what they run, and a terminal would
 * act on it.
 */
const invisible = /[\p{Cc}\u2028\u2029\p{Bidi_Control}]/u;

/**
 * One word, as it is where it needs no quotes. What cannot be seen is written as `$(printf …)`, which every POSIX shell
 * turns back; only line breaks at the very end are lost that way, and such a name then fits no object.
 *
 * @example shellWord('agent') // agent
 * @example shellWord("it's $(here)") // 'it'\''s $(here)'
 */
export function shellWord(text: string): string {
  if (plain.test(text)) return text;
  return invisible.test(text) ? `"$(printf '${[...text].map(escaped).join('')}')"` : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command of these words. */
export function shellCommand(...words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}

/** For the first argument of printf between single quotes: in octal all that is not plain, byte by byte. */
function escaped(character: string): string {
  if (plain.test(character) && character !== '%') return character;
  return Array.from(new TextEncoder().encode(character), (byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('');
}
