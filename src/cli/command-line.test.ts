import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';

const program = join(import.meta.dirname, 'main.ts');

/** As a process of its own, without any cluster in reach. */
function bookend(...args: string[]) {
  const { PATH } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    env: { PATH, HOME: '/nonexistent', KUBECONFIG: '' },
  });
  return { exitCode: status, out: stdout, err: stderr };
}

describe('the command line as a process', () => {
  test('shows its help for nothing, --help and help, with every verb', () => {
    for (const args of [[], ['--help'], ['help']]) {
      const { exitCode, out, err } = bookend(...args);
      assert.equal(exitCode, 0);
      assert.equal(err, '');
      for (const verb of ['delete', 'plan', 'status', 'operator', 'version']) assert.match(out, new RegExp(`^ {2}${verb} `, 'm'));
    }
    assert.match(bookend('delete', '--help').out, /--on-timeout.*Global Options:/s);
  });

  test('prints its version as text and as JSON', () => {
    for (const arg of ['version', '--version']) assert.match(bookend(arg).out, /^bookend +\d+\.\d+\.\d+/);
    assert.equal(bookend('--version').exitCode, 0);
    assert.match((JSON.parse(bookend('version', '-o', 'json').out) as { bookend: string }).bookend, /^\d+\.\d+\.\d+$/);
  });

  test('ends with 2 for flags and verbs that do not exist, and suggests the one that was meant', () => {
    const flag = bookend('delete', 'pods', '--al');
    assert.equal(flag.exitCode, 2);
    assert.match(flag.err, /unknown option '--al'.*--all/);
    const verb = bookend('delte');
    assert.equal(verb.exitCode, 2);
    assert.match(verb.err, /unknown command 'delte'.*delete/);
    assert.equal(bookend('version', '-o', 'xml').exitCode, 2);
    assert.equal(bookend('delete', 'pods', '--all', '--timeout', '5').exitCode, 2);
    assert.equal(bookend('operator').exitCode, 2);
    assert.equal(bookend('delete', 'pods', '--all', '--as-group', 'x').exitCode, 2);
  });

  test('prints an error as a fact and what to do, or as one JSON object', () => {
    const text = bookend('delete', 'pods', 'a');
    assert.equal(text.exitCode, 2);
    assert.match(text.err, /^Error: No cluster is configured.* \(bad-input\)\n {2}Try: {3}Name a file with --kubeconfig/);
    const json = bookend('delete', 'pods', 'a', '-o', 'json');
    assert.equal(json.out, '');
    const { error } = JSON.parse(json.err) as { error: { code: string; exitCode: number; advice: string } };
    assert.deepEqual([error.code, error.exitCode], ['bad-input', 2]);
    assert.match(error.advice, /--kubeconfig/);
  });
});
