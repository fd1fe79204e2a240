/** The variables of a shell script, as far as it sets them to words that stand in it. */
import type { Assignment, Word } from 'unbash';

/** Literal words only: what comes from a command, a file or an argument is not known. */
export class ShellVariables {
  #values = new Map<string, string>();

  /** Takes an assignment over, or forgets the variable where its value is not known. */
  assign({ name, value, append }: Assignment): void {
    const words = value.type === 'Word' && !append ? this.expand(value, false) : ['$'];
    this.set(name, words.join(' '));
  }

  set(name: string, value: string): void {
    if (isKnown(value)) this.#values.set(name, value);
    else this.#values.delete(name);
  }

  forget(name: string): void {
    this.#values.delete(name);
  }

  /** The words that the shell makes of one: an unquoted variable with spaces in it becomes several. */
  expand({ value, text }: Word, splits = true): string[] {
    if (!value.includes('$') || text.startsWith("'")) return [value];
    const expanded = value.replaceAll(
      /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
      (whole, braced?: string, plain?: string) => this.#values.get(braced ?? plain ?? '') ?? whole,
    );
    return splits && !text.includes('"') ? expanded.split(/\s+/).filter((word) => word !== '') : [expanded];
  }

  /** Whatever may or may not be done changes no variable for sure. */
  perhaps<T>(work: () => T): T {
    const before = new Map(this.#values);
    const result = work();
    for (const [name, value] of before) if (this.#values.get(name) !== value) before.delete(name);
    this.#values = before;
    return result;
  }
}

/** Without variables, substitutions and patterns. */
export function isKnown(word: string): boolean {
  return !/[$`*?[]/.test(word);
}
