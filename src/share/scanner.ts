/** Reads a line token by token, skips spaces, and reports the position of errors. */
import { BookendError } from '../errors.ts';
import { shortened } from './limits.ts';

export class Scanner {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
    this.#skip();
  }

  get atEnd(): boolean {
    return this.#at >= this.#line.length;
  }

  /** Of the next token, for `error`. */
  get position(): number {
    return this.#at;
  }

  /** The next token when it is a text in quotes, as JSON has it. */
  quoted(): string | undefined {
    const start = this.#at;
    const text = this.take(/"(?:[^"\\]|\\.)*"/y)?.[0];
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as string;
    } catch {
      throw this.error(`${shortened(text)} is not a text in quotes as JSON has it`, start);
    }
  }

  /** The next token when it is like this, or undefined and nothing is taken. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#line);
    if (!found) return undefined;
    this.#at = pattern.lastIndex;
    this.#skip();
    return found;
  }

  error(message: string, at = this.#at): BookendError {
    const rest = this.#line.slice(at);
    const place = rest === '' ? 'at the end' : `at "${rest.length > 40 ? `${rest.slice(0, 40)}…` : rest}"`;
    return new BookendError('bad-input', `${JSON.stringify(shortened(this.#line, 300))} is not a share: ${place}: ${message}`, {
      advice: notationAdvice,
    });
  }

  #skip(): void {
    while (/\s/.test(this.#line[this.#at] ?? '')) this.#at++;
  }
}

const notationAdvice =
  'Write it as in app:/srv/www -> nginx:/usr/share/nginx/html:ro, or for an empty directory as in app:/cache, worker:/cache.';
