/** The GitHub Action and the pre-commit hook call the command line from outside; here they are held to the verbs and flags that there are. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, test } from 'node:test';
import { Command } from 'commander';
import { parse } from 'yaml';
import { verbs } from '../command-line.ts';
import { addGlobalFlags } from '../flags.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const read = (file: string): unknown => parse(readFileSync(join(root, file), 'utf8'));
const program = addGlobalFlags(new Command('bookend'));
for (const add of verbs) add(program, async () => {});
const lint = program.commands.find((command) => command.name() === 'lint');
const known = [...(lint?.options ?? []), ...program.options].flatMap(({ short, long }) => [short, long]);

type Action = {
  inputs: Record<string, { default?: string; required?: boolean }>;
  runs: { using: string; steps: { env: Record<string, string>; run: string }[] };
};

describe('the GitHub Action', () => {
  const action = read('action.yml') as Action;
  const [step] = action.runs.steps;

  test('calls a verb and flags that there are', () => {
    const calls = [...(step?.run ?? '').matchAll(/^npx .*?\bbookend@\S+ (\S+) (.*)$/gm)];
    assert.equal(calls.length, 2);
    for (const [, verb] of calls) assert.equal(verb, 'lint');
    const flags = [...(step?.run ?? '').matchAll(/(?<=[ (])--[a-z-]+/g)].map(([flag]) => flag).filter((flag) => flag !== '--yes');
    assert.ok(flags.length >= 5);
    assert.deepEqual(
      flags.filter((flag) => !known.includes(flag)),
      [],
    );
  });

  test('takes every input through the environment, never into the script', () => {
    assert.doesNotMatch(step?.run ?? '', /\$\{\{/);
    const used = Object.values(step?.env ?? {}).map((value) => /inputs\.([a-z-]+)/.exec(value)?.[1]);
    assert.deepEqual(used.sort(), Object.keys(action.inputs).sort());
  });

  test('writes SARIF first and then fails by severity, whatever is in the names', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-action-'));
    const npx = join(directory, 'npx');
    writeFileSync(
      npx,
      `#!/bin/sh\nfor each in "$@"; do printf '<%s>' "$each"; done >> "${directory}/calls"\necho >> "${directory}/calls"\n`,
    );
    chmodSync(npx, 0o755);
    const env = {
      ...{ PATH: `${directory}${delimiter}${process.env.PATH}`, GITHUB_OUTPUT: join(directory, 'output') },
      ...{ BOOKEND_PATH: 'charts/a $(touch x)', BOOKEND_WITH: '', BOOKEND_VALUES: 'my values.yaml', BOOKEND_FAIL_ON: 'warning' },
      ...{ BOOKEND_SARIF: 'out.sarif', BOOKEND_VERSION: '1.2.3' },
    };
    execFileSync('bash', ['-e', '-c', step?.run ?? ''], { env, cwd: directory });
    const common = '<--yes><bookend@1.2.3><lint><charts/a><$(touch><x)><--values><my values.yaml>';
    assert.equal(
      readFileSync(join(directory, 'calls'), 'utf8'),
      `${common}<--fail-on><never><--output><sarif><--output-file><out.sarif>\n${common}<--fail-on><warning>\n`,
    );
    assert.equal(readFileSync(join(directory, 'output'), 'utf8'), 'sarif=out.sarif\n');
  });
});

describe('the pre-commit hook', () => {
  const hooks = read('.pre-commit-hooks.yaml') as { id: string; entry: string; language: string; pass_filenames: boolean }[];

  test('calls a verb that there is, with the program that the npm package installs', () => {
    const { bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { bin: Record<string, string> };
    assert.equal(hooks.length, 1);
    for (const { entry, language } of hooks) {
      const [name = '', verb] = entry.split(' ');
      assert.ok(name in bin);
      assert.ok(program.commands.some((command) => command.name() === verb));
      assert.equal(language, 'node');
    }
  });
});
