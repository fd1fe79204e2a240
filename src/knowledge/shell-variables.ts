/** The variables of a shell script, as far as it sets them to words that stand in it. */
import type { ArrayValue, Assignment, Word } from 'unbash';

/** Literal words only: what comes from a command, a file or an argument is not known. */
export class ShellVariables {
  #values = new Map<string, string>();
  #arguments: readonly string[] = [];

  /** Takes an assignment over, or forgets the variable where its value is not known. */
  assign({ name, value, append }: Assignment): void {
    if (value.type === 'ArrayValue' && !append) this.#assignArray(name, value);
    const words = value.type === 'Word' && !append ? this.expand(value, false) : ['$'];
    this.set(name, words.join(' '));
  }

  #assignArray(name: string, { elements }: ArrayValue): void {
    const words = elements.flatMap((each) => (each.type === 'Word' ? this.expand(each) : ['$']));
    this.set(`${name}[@]`, words.every(isKnown) ? words.join(' ') : '$');
  }

  set(name: string, value: string): void {
    if (isKnown(value)) this.#values.set(name, value);
    else this.#values.delete(name);
  }

  forget(name: string): void {
    this.#values.delete(name);
  }

  /** Calls a function: `$1`, `$2`, and `"$@"`. */
  withArguments<T>(args: readonly string[], work: () => T): T {
    const before = this.#arguments;
    this.#arguments = args;
    const result = work();
    this.#arguments = before;
    return result;
  }

  /** The words that the shell makes of one: an unquoted variable with spaces in it becomes several. */
  expand({ value, text }: Word, splits = true): string[] {
    if (!value.includes('$') || text.startsWith("'")) return [value];
    if (/^\$[@*]$/.test(value) && this.#arguments.length > 0) return [...this.#arguments];
    const array = /^\$\{(\w+\[[@*]\])\}$/.exec(value)?.[1]?.replace('*', '@');
    if (array !== undefined) return this.#values.get(array)?.split(' ') ?? [value];
    const expanded = value.replaceAll(
      /\$(?:\{([A-Za-z_]\w*|\d)\}|([A-Za-z_]\w*|\d))/g,
      (whole, braced?: string, plain?: string) => this.#valueOf(braced ?? plain ?? '') ?? whole,
    );
    return splits && !text.includes('"') ? expanded.split(/\s+/).filter((word) => word !== '') : [expanded];
  }

  #valueOf(name: string): string | undefined {
    return /^\d$/.test(name) ? this.#arguments[Number(name) - 1] : this.#values.get(name);
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
