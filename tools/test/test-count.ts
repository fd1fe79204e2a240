/**
 * Counts the events of Node's test runner the way a reader of the last line expects: suites are no tests, a test that
 * fails only because one inside of it failed is not counted twice, and what was skipped or is to be done has not
 * passed.
 */
import { relative } from 'node:path';
import type { Failure, StageResult } from './stage.ts';

/** What is needed of the data of `test:pass` and `test:fail`. */
export type TestEvent = {
  name: string;
  nesting: number;
  file?: string;
  line?: number;
  skip?: string | boolean;
  todo?: string | boolean;
  details: { type?: string; duration_ms: number; error?: unknown };
};

/** So much of what a file said before it crashed is shown, in characters. */
const shownOutput = 4_000;

export class TestCount {
  passed = 0;
  readonly failures: Failure[] = [];
  /** The test that ended last. */
  latest = '';
  readonly #root: string;
  readonly #filtered: boolean;
  readonly #said = new Map<string, string>();
  /** Files of which something was heard. */
  readonly #heard = new Set<string>();

  /**
   * @param root paths are shown from here
   * @param filtered only some tests were asked for, so that a file may have none
   */
  constructor(root: string, filtered: boolean) {
    this.#root = root;
    this.#filtered = filtered;
  }

  add(type: 'test:pass' | 'test:fail', event: TestEvent): void {
    const { name, file, details } = event;
    if (file !== undefined) this.#heard.add(file);
    this.latest = name === file ? relative(this.#root, file) : name;
    if (name === file) this.#addFile(type, event, file);
    else if (type === 'test:pass') this.#addPassed(event);
    else {
      const { failureType, text } = failureOf(details.error);
      if (failureType !== 'subtestsFailed') this.#fail(event, text);
    }
  }

  /** What the runner says of a file as a whole: it crashed, or it has no tests. */
  #addFile(type: 'test:pass' | 'test:fail', event: TestEvent, file: string): void {
    if (type === 'test:fail')
      this.#fail(event, `The file failed outside of its tests${endOf(event.details.error)}`, this.#said.get(file));
    else if (!this.#filtered) this.#fail(event, 'The file has no tests');
  }

  #addPassed(event: TestEvent): void {
    const { skip, todo, details } = event;
    if (details.type === 'suite' && skip === undefined && todo === undefined) return;
    if (skip !== undefined && skip !== false)
      this.#fail(event, `It was skipped${typeof skip === 'string' && skip ? `: ${skip}` : ''}`);
    else if (todo !== undefined && todo !== false) this.#fail(event, 'It is still to be done (todo)');
    else this.passed += 1;
  }

  /** A file that shares its process with others and has no tests says nothing at all. */
  expect(files: readonly string[]): void {
    if (this.#filtered) return;
    for (const file of files.filter((each) => !this.#heard.has(each)))
      this.#fail({ name: file, nesting: 0, file, details: { duration_ms: 0 } }, 'The file has no tests');
  }

  /** What a file wrote to its standard error. */
  said(file: string, message: string): void {
    this.#said.set(file, `${this.#said.get(file) ?? ''}${message}`.slice(-shownOutput));
  }

  result(): StageResult {
    return { passed: this.passed, failures: this.failures };
  }

  #fail({ name, file, line }: TestEvent, why: string, output = ''): void {
    const path = file === undefined ? undefined : relative(this.#root, file);
    const place = path === undefined ? undefined : line === undefined || name === file ? path : `${path}:${line}`;
    const text = output === '' ? why : `${why}\n${output.trimEnd()}`;
    this.failures.push({ name: name === file ? (path ?? name) : name, ...(place !== undefined && { place }), text });
  }
}

/** How the process of a file ended. */
function endOf(error: unknown): string {
  const { exitCode, signal } = (error ?? {}) as { exitCode?: number; signal?: string };
  if (signal) return `: it was ended by ${signal}`;
  return exitCode === undefined ? '' : `: it ended with ${exitCode}`;
}

/** Node wraps what a test throws: the cause is what the test threw, the wrapper knows of what sort the failure is. */
function failureOf(error: unknown): { failureType: string | undefined; text: string } {
  if (!(error instanceof Error)) return { failureType: undefined, text: String(error) };
  const { failureType } = error as { failureType?: string };
  const cause = error.cause instanceof Error ? error.cause : error;
  return { failureType, text: cause.stack?.includes(cause.message) ? cause.stack : `${cause.message}\n${cause.stack ?? ''}` };
}
