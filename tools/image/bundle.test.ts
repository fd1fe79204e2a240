import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { scratch, writeFiles } from '../test/scratch.ts';
import { bundle } from './bundle.ts';

function project(program: string): string {
  return writeFiles(scratch(), {
    'main.ts': program,
    'node_modules/@scope/kind/package.json': '{"name":"@scope/kind","version":"1.2.3","license":"MIT","main":"index.cjs"}',
    'node_modules/@scope/kind/index.cjs': "module.exports = { base: require('path').basename };",
    'node_modules/@scope/kind/LICENSE.md': 'Permission is hereby granted\n',
    'node_modules/unused/package.json': '{"name":"unused","version":"1.0.0"}',
  });
}

const program = `import { base } from '@scope/kind';
const later: string = await Promise.resolve('after a wait');
console.log(base('/a/b'), later);`;

function run(files: { name: string; content: string }[]): string {
  const directory = scratch();
  for (const { name, content } of files) writeFileSync(join(directory, name), content);
  return execFileSync(process.execPath, [join(directory, 'bookend.mjs')], { encoding: 'utf8' });
}

describe('bundling a program', () => {
  test('makes modules that run alone, with packages that use require and with top-level await', async () => {
    const { files } = await bundle({ root: project(program), entry: 'main.ts' });
    const names = files.map(({ name }) => name);
    assert.deepEqual(names, ['bookend.mjs']);
    assert.equal(run(files), 'b after a wait\n');
  });

  test('keeps what is loaded later out of what is loaded at the start', async () => {
    const root = project("if (process.argv.includes('never')) await import('@scope/kind'); console.log('started');");
    const { files } = await bundle({ root, entry: 'main.ts' });
    assert.equal(files.find(({ name }) => name === 'bookend.mjs')?.content.includes('basename'), false);
    assert.equal(files.filter(({ content }) => content.includes('basename')).length, 1);
    assert.equal(run(files), 'started\n');
  });

  test('puts what is small and shared into one file, and each module is still there once', async () => {
    const root = writeFiles(scratch(), {
      'main.ts': "import './one.ts'; import './two.ts'; await import('./left.ts'); await import('./right.ts');",
      'left.ts': "import { one } from './one.ts'; import { three } from './three.ts'; console.log('left', one, three);",
      'right.ts': "import { two } from './two.ts'; import { three } from './three.ts'; console.log('right', two, three);",
      'one.ts': "import { three } from './three.ts'; console.log('one'); export const one = three + 1;",
      'two.ts': "console.log('two'); export const two = 2;",
      'three.ts': "console.log('three'); export const three = 3;",
    });
    const { files } = await bundle({ root, entry: 'main.ts' });
    const loaded = files.filter(({ content }) => /console\.log\("(one|two|three)"\)/.test(content));
    assert.deepEqual([files.length, loaded.length], [4, 1]);
    assert.equal(run(files), 'three\none\ntwo\nleft 4 3\nright 2 3\n');
  });

  test('takes the modules of Node without reading more of them than is used', async () => {
    const root = project(
      "import { existsSync } from 'node:fs'; import path from 'node:path'; console.log(existsSync(path.sep));",
    );
    const { files } = await bundle({ root, entry: 'main.ts' });
    assert.doesNotMatch(files.map(({ content }) => content).join('\n'), /from ?"node:|createReadStream/);
    assert.equal(run(files), 'true\n');
  });

  test('evaluates a package that few runs need at its first use', async () => {
    const root = writeFiles(scratch(), {
      'main.ts': "import { parse } from 'yaml'; console.log('started'); console.log(parse('a'), parse('b'));",
      'node_modules/yaml/package.json': '{"name":"yaml","version":"1.0.0","main":"index.cjs"}',
      'node_modules/yaml/index.cjs': "console.log('evaluated'); exports.parse = (text) => text.toUpperCase();",
    });
    assert.equal(run((await bundle({ root, entry: 'main.ts' })).files), 'started\nevaluated\nA B\n');
  });

  test('gives a program that runs in a thread a file beside it, where the sources have it too', async () => {
    const root = project(`import { Worker } from 'node:worker_threads';
new Worker(new URL('./thread.mjs', import.meta.url)).on('message', (message: string) => console.log(message));`);
    writeFileSync(
      join(root, 'thread.ts'),
      "import { parentPort } from 'node:worker_threads'; parentPort?.postMessage('from a thread');",
    );
    const { files } = await bundle({ root, entry: 'main.ts', threads: { thread: 'thread.ts' } });
    assert.equal(run(files), 'from a thread\n');
  });

  test('has the threads of the operator in what is shipped, and they start', async () => {
    const { files } = await bundle();
    const directory = scratch();
    for (const { name, content } of files) writeFileSync(join(directory, name), content);
    const worker = new Worker(join(directory, 'admission-worker.mjs'));
    const [message] = await once(worker, 'message');
    assert.deepEqual(message, { ready: true });
    await worker.terminate();
  });

  test('carries the licences of the packages within, and of no others', async () => {
    const { licences } = await bundle({ root: project(program), entry: 'main.ts' });
    assert.equal(licences, '@scope/kind 1.2.3 (MIT)\n-----------------------\nPermission is hereby granted\n');
  });

  test('gives the same code from another checkout', async () => {
    const [one, other] = await Promise.all([0, 1].map(() => bundle({ root: project(program), entry: 'main.ts' })));
    assert.deepEqual(one, other);
  });

  test('writes in which commit it is made of, when it is told', async () => {
    const root = project("declare const BOOKEND_COMMIT: string; console.log('commit ' + BOOKEND_COMMIT);");
    assert.equal(run((await bundle({ root, entry: 'main.ts', commit: 'c0ffee' })).files), 'commit c0ffee\n');
    assert.equal(run((await bundle({ root, entry: 'main.ts' })).files), 'commit \n');
  });

  test('names the line that does not bundle', async () => {
    await assert.rejects(bundle({ root: project("\nimport './nowhere.ts';"), entry: 'main.ts' }), {
      code: 'bad-input',
      message: /main\.ts:2:7.*nowhere/s,
    });
  });

  test('names the program that does not exist', async () => {
    await assert.rejects(bundle({ root: scratch(), entry: 'absent.ts' }), { code: 'bad-input', message: /absent\.ts/ });
  });
});
