import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { grouped, writeGroups } from './groups.ts';
import { scratch } from './scratch.ts';

const directory = scratch();

describe('files of tests in groups', () => {
  test('share a process unless they change or measure it; the longest begin first', () => {
    const texts: Record<string, string> = {
      a: 'const seed = Number(process.env.SEED ?? 1);',
      b: 'process.env.KUBECONFIG = "/dev/null";',
      c: "import { spawnSync } from 'node:child_process';",
      d: 'describeCrashes("late", {});',
      e: '',
    };
    const found = grouped(Object.keys(texts), (file) => texts[file] ?? '');
    assert.deepEqual(found, [['d'], ['b'], ['c'], ['a', 'e']]);
    const seen = grouped(Object.keys(texts), (file) => texts[file] ?? '', true);
    assert.deepEqual(seen, [['a', 'e'], ['b'], ['c'], ['d']], 'for an early answer in the order that is given');
    const many = Array.from({ length: 60 }, (_, index) => `${index}`);
    const groups = grouped(many, () => '');
    const sizes = groups.map((group) => group.length);
    assert.deepEqual(sizes, [20, 20, 20]);
    assert.deepEqual(groups.flat().sort(), [...many].sort());
  });

  test('each are a suite: the hooks of one do not run for another, and one that cannot be loaded fails alone', () => {
    const files = Object.entries({
      'a.test.mjs':
        "import { beforeEach, test } from 'node:test'; beforeEach(() => { throw new Error('hook of a'); }); test('in a', () => {});",
      'b.test.mjs': "import { test } from 'node:test'; test('in b', () => {});",
      'c.test.mjs': "import './not-there.mjs';",
    }).map(([name, text]) => {
      writeFileSync(join(directory, name), text);
      return join(directory, name);
    });
    const groups = writeGroups(files, join(directory, 'groups'));
    assert.equal(groups.length, 1);
    // Otherwise it would report to the runner of this test.
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const args = ['--test', '--test-reporter=tap', ...groups];
    const { stdout } = spawnSync(process.execPath, args, { cwd: directory, env: environment, encoding: 'utf8' });
    const results = stdout.match(/^ *(not )?ok \d+ - \S+( \w+)?$/gm)?.map((line) => line.trim().replace(/\d+ /, ''));
    assert.deepEqual(results, ['not ok - in a', 'not ok - a.test.mjs', 'ok - in b', 'ok - b.test.mjs', 'not ok - c.test.mjs']);
    assert.match(stdout, /hook of a/);
    assert.match(stdout, /Cannot find module/);
  });
});
