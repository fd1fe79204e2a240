/**
 * Runs the tests of a Go module, with its formatting and `go vet`, and counts them as those of Node are counted: suites
 * are no tests.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Failure, StageResult } from './stage.ts';

export type GoTestOptions = {
  /** The directory of go.mod. */
  directory: string;
  /** Only tests whose names match; formatting and vet are left out then. */
  grep?: string;
  log: string;
  signal: AbortSignal;
  environment: NodeJS.ProcessEnv;
  /** Told whenever a test has ended. */
  onTest(count: GoTestCount): void;
};

/** One line of `go test -json`: see `go doc test2json`. */
export type GoTestEvent = { Action: string; Package?: string; Test?: string; Output?: string; ImportPath?: string };

export async function runGoTests({ directory, grep, log, signal, environment, onTest }: GoTestOptions): Promise<StageResult> {
  const count = new GoTestCount();
  const file = createWriteStream(log);
  const run = (program: string, args: string[], onLine: (line: string) => void = () => {}) =>
    new Promise<{ code: number | null; said: string }>((resolve) => {
      const child = spawn(program, args, { cwd: directory, env: { ...environment, GOFLAGS: '-buildvcs=false' }, signal });
      let said = '';
      let unfinished = '';
      const hear = (data: string) => {
        said += data;
        const lines = (unfinished + data).split('\n');
        unfinished = lines.pop() ?? '';
        lines.forEach(onLine);
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
      child.on('error', (error) => resolve({ code: null, said: `${program}: ${error.message}` }));
      child.on('close', (code) => resolve({ code, said }));
    }).then((ended) => {
      file.write(`$ ${program} ${args.join(' ')}\n${ended.said}\n`);
      return ended;
    });

  if (grep === undefined) {
    const unformatted = await run('gofmt', ['-l', '.']);
    const isFormatted = unformatted.code === 0 && unformatted.said === '';
    count.check('gofmt', isFormatted ? undefined : `gofmt -w is needed for\n${unformatted.said}`);
    const vetted = await run('go', ['vet', './...']);
    count.check('go vet', vetted.code === 0 ? undefined : vetted.said);
  }
  const flags = ['-json', '-count=1', ...(grep === undefined ? [] : ['-run', grep])];
  const tested = await run('go', ['test', ...flags, './...'], (line) => {
    count.add(eventOf(line));
    onTest(count);
  });
  // A package that does not compile, or a process that dies, fails no test.
  if (tested.code !== 0 && count.failures.length === 0) count.check('go test', tested.said.slice(-4_000));
  file.end();
  await finished(file);
  return count.result();
}

export class GoTestCount {
  passed = 0;
  readonly failures: Failure[] = [];
  /** The test that ended last. */
  latest = '';
  readonly #output = new Map<string, string>();
  readonly #parents = new Set<string>();

  add({ Action, Test, Output = '' }: GoTestEvent): void {
    if (Test === undefined) return;
    if (Action === 'output') this.#output.set(Test, `${this.#output.get(Test) ?? ''}${Output}`);
    if (Action === 'run' && Test.includes('/')) this.#parents.add(Test.slice(0, Test.lastIndexOf('/')));
    if (!['pass', 'fail', 'skip'].includes(Action)) return;
    this.latest = nameOf(Test);
    const isSuite = this.#parents.has(Test);
    if (Action === 'pass') this.passed += isSuite ? 0 : 1;
    else if (!isSuite || !this.failures.some(({ name }) => name.startsWith(`${nameOf(Test)} › `)))
      this.failures.push({ name: nameOf(Test), text: `${Action === 'skip' ? 'It was skipped\n' : ''}${this.#said(Test)}` });
  }

  /** Counts something that is no test of Go's own. */
  check(name: string, failure?: string): void {
    if (failure === undefined) this.passed += 1;
    else this.failures.push({ name, text: failure });
  }

  result(): StageResult {
    return { passed: this.passed, failures: this.failures };
  }

  #said(test: string): string {
    const lines = (this.#output.get(test) ?? '').split('\n');
    return lines.filter((line) => !/^\s*(=== |--- )/.test(line)).join('\n');
  }
}

/** `TestWhatIs/in_one_place` as people read it. */
function nameOf(test: string): string {
  const [first = '', ...rest] = test.split('/');
  const words = first.replace(/^Test/, '').replaceAll(/([a-z])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4');
  return [words, ...rest.map((part) => part.replaceAll('_', ' '))].join(' › ');
}

/** What is no JSON is what the compiler says. */
function eventOf(line: string): GoTestEvent {
  return line.startsWith('{') ? (JSON.parse(line) as GoTestEvent) : { Action: 'said', Output: line };
}
