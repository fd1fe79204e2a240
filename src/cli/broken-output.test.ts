import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { endOnBrokenOutput } from './broken-output.ts';

const directory = mkdtempSync(join(tmpdir(), 'bookend-output-'));
after(() => rmSync(directory, { recursive: true }));
const manifest = join(directory, 'many.yaml');
const names = Array.from({ length: 800 }, (_, index) => `a${index}`);
writeFileSync(manifest, names.map((name) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`).join('---\n'));
const program = join(import.meta.dirname, '..', '..', 'bin', 'bookend.js');

/** Through a shell, whose `$0` is Node and `$1` the program. */
function shell(script: string): { stdout: string; stderr: string; status: number | null } {
  const args = ['-c', script, process.execPath, program, manifest];
  return spawnSync('/bin/bash', args, { encoding: 'utf8', env: { ...process.env, KUBECONFIG: '/dev/null' } });
}

const verbs = [
  '--help',
  'version',
  'plan -f "$2"',
  'plan -f "$2" -o json',
  'preview -f "$2" -o json',
  'lint -f "$2" -o json',
  'share --help',
];

describe('a broken output is no crash', () => {
  for (const verb of verbs) {
    test(`bookend ${verb} | head`, () => {
      const { stdout, stderr } = shell(`"$0" "$1" ${verb} | head -c 5 | wc -c; echo "\${PIPESTATUS[0]}"`);
      assert.equal(stderr, '');
      assert.match(stdout, /^5\n(0|141)\n$/);
    });

    test(`bookend ${verb} > /dev/full`, () => {
      const { stderr, status } = shell(`"$0" "$1" ${verb} > /dev/full`);
      assert.match(stderr, /^Error: the standard output cannot be written: ENOSPC: no space left on device, write\n$/);
      assert.equal(status, 2);
      assert.equal(shell(`"$0" "$1" ${verb} > /dev/full 2>&1`).status, 2);
    });
  }

  test('a reader that takes its time, as a pager does, gets everything', () => {
    const { stdout } = shell('"$0" "$1" plan -f "$2" -o json | (sleep 2; wc -c)');
    const whole = shell('"$0" "$1" plan -f "$2" -o json').stdout.length;
    assert.ok(whole > 65_536, 'more than a pipe holds');
    assert.equal(Number(stdout), whole);
  });

  for (const [name, redirection] of [
    ['closed', '2>&-'],
    ['full', '2>/dev/full'],
    ['a pipe that nobody reads', '2> >(exec true)'],
  ]) {
    test(`an error that nobody can read keeps its exit code: standard error ${name}`, () => {
      const { status, stdout, stderr } = shell(`"$0" "$1" lint -f /does/not/exist ${redirection}`);
      assert.deepEqual([status, stdout, stderr], [2, '', '']);
    });
  }

  test('a file that cannot be written is told', () => {
    const { stderr, status } = shell('"$0" "$1" lint -f "$2" -o json --output-file /dev/full');
    assert.match(stderr, /\/dev\/full cannot be written: ENOSPC/);
    assert.equal(status, 2);
  });

  test('progress that nobody reads ends nothing: a deletion goes on', () => {
    const listeners: ((error: NodeJS.ErrnoException) => void)[] = [];
    const exits: number[] = [];
    const quiet = { on: () => {} };
    const loud = {
      on: (_: string, listener: (error: NodeJS.ErrnoException) => void) => listeners.push(listener),
      write: () => {},
    };
    endOnBrokenOutput({ stdout: quiet, stderr: loud, exit: (code) => exits.push(code) });
    for (const listener of listeners) listener(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    assert.deepEqual([listeners.length, exits], [1, []]);
  });
});
