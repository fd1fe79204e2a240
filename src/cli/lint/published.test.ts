/**
 * The GitHub Action and the pre-commit hook call the command line from outside; here they are held to the verbs and
 * flags that there are.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
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
  const script = step?.run ?? '';
  /** What GitHub sets for inputs that are not given. */
  const defaults = Object.fromEntries(
    Object.entries(step?.env ?? {}).map(([name, value]) => [
      name,
      action.inputs[/inputs\.([a-z-]+)/.exec(value)?.[1] ?? '']?.default ?? '',
    ]),
  );

  test('calls lint once, with flags that there are', () => {
    const calls = [...script.matchAll(/\bbin\/bookend\.js (\S+)/g)].map(([, verb]) => verb);
    assert.deepEqual(calls, ['lint']);
    const flags = [...script.matchAll(/(?<=[ (])--[a-z-]+/g)].map(([flag]) => flag);
    assert.ok(flags.length >= 5);
    assert.deepEqual(
      flags.filter((flag) => !known.includes(flag)),
      [],
    );
  });

  test('runs the sources that `uses` names, and fetches nothing by a name', () => {
    assert.match(script, /^node "\$BOOKEND_ACTION\/tools\/run\.mjs" bin\/bookend\.js /m);
    assert.equal(step?.env.BOOKEND_ACTION, '$'.concat('{{ github.action_path }}'));
    for (const file of ['action.yml', '.pre-commit-hooks.yaml'])
      assert.doesNotMatch(
        readFileSync(join(root, file), 'utf8'),
        /\bnpx\b|\blatest\b|npm (i|install|exec)\b|additional_dependencies/,
      );
    for (const file of ['tools/run.mjs', 'bin/bookend.js', 'package-lock.json']) assert.ok(existsSync(join(root, file)), file);
    assert.equal(action.inputs.version, undefined);
  });

  test('takes every input through the environment, never into the script', () => {
    assert.doesNotMatch(script, /\$\{\{/);
    const used = Object.values(step?.env ?? {}).flatMap((value) => /inputs\.([a-z-]+)/.exec(value)?.[1] ?? []);
    assert.deepEqual(used.sort(), Object.keys(action.inputs).sort());
  });

  test('hands on whatever is in the names as it is', () => {
    const { calls, output, code } = runAction({
      BOOKEND_PATH: '  charts/a $(touch x)\n\n--output=html\ncharts/b c\t\n',
      BOOKEND_VALUES: 'my values.yaml',
      BOOKEND_FAIL_ON: 'warning',
      BOOKEND_RECURSIVE: 'true',
      BOOKEND_SARIF: '-n out.sarif',
    });
    assert.equal(code, 0);
    const flags = '<--fail-on=warning><--sarif-file=-n out.sarif><--recursive><--values=my values.yaml>';
    const run = '<tools/run.mjs><bin/bookend.js><lint>';
    assert.equal(calls, `${run}${flags}<--><charts/a $(touch x)><--output=html><charts/b c>\n`);
    assert.equal(output, 'sarif=-n out.sarif\n');
  });

  test('fails with the code of lint, and refuses what could write other outputs', () => {
    assert.equal(runAction({ BOOKEND_PATH: 'charts' }, 1).code, 1);
    const forged = runAction({ BOOKEND_PATH: 'charts', BOOKEND_SARIF: 'a.sarif\nother=1' });
    assert.deepEqual([forged.code, forged.output, forged.calls], [2, '', '']);
    assert.equal(runAction({ BOOKEND_PATH: 'charts', BOOKEND_RECURSIVE: 'yes' }).code, 2);
  });

  test('really lints, from another directory and a path with a space', () => {
    const directory = mkdtempSync(join(tmpdir(), 'bookend action-'));
    writeFileSync(join(directory, 'a map.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    const env = {
      ...{ PATH: process.env.PATH, HOME: process.env.HOME, ...defaults, BOOKEND_ACTION: root },
      ...{ BOOKEND_PATH: 'a map.yaml', GITHUB_OUTPUT: join(directory, 'output') },
    };
    const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', script], { env, cwd: directory, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^✓ /m);
    assert.ok(existsSync(join(directory, 'bookend.sarif')));
  });

  /** Runs the step with a `node` that only writes down its arguments, and ends with `code`. */
  function runAction(inputs: Record<string, string>, code = 0) {
    const directory = mkdtempSync(join(tmpdir(), 'bookend-action-'));
    const [calls, output] = [join(directory, 'calls'), join(directory, 'output')];
    for (const file of [calls, output]) writeFileSync(file, '');
    writeFileSync(
      join(directory, 'node'),
      `#!/bin/sh\nfor each in "$@"; do printf '<%s>' "\${each#/the action/}"; done >> "${calls}"\necho >> "${calls}"\nexit ${code}\n`,
    );
    chmodSync(join(directory, 'node'), 0o755);
    const env = {
      ...{ PATH: `${directory}${delimiter}${process.env.PATH}`, GITHUB_OUTPUT: output },
      ...{ ...defaults, BOOKEND_ACTION: '/the action', ...inputs },
    };
    const { status } = spawnSync('bash', ['-e', '-c', script], { env, cwd: directory });
    return { calls: readFileSync(calls, 'utf8'), output: readFileSync(output, 'utf8'), code: status };
  }
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
