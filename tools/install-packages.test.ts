import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { beforeEach, describe, test } from 'node:test';
import { scratch, writeFiles } from './test/scratch.ts';

const repository = join(import.meta.dirname, '..');
const directory = scratch();

const clone = join(directory, 'clone');
const programs = join(directory, 'programs');
const calls = join(directory, 'npm-calls');
const environment = { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH}`, CALLS: calls };
const installing = `Installing npm packages in ${clone} (npm ci) …\n`;

/** A clone of a program that needs the package `greeting`. */
beforeEach(() => {
  rmSync(clone, { recursive: true, force: true });
  rmSync(calls, { force: true });
  for (const file of ['bin/bookend.js', 'bin/compile-cache.js', 'tools/install-packages.mjs', 'tools/run.mjs'])
    cpSync(join(repository, file), join(clone, file));
  write('package.json', '{"type": "module"}');
  write('package-lock.json', '{}');
  write('src/cli/main.ts', "import { greeting } from 'greeting';\nconsole.log(greeting as string);\n");
  npm(`sleep 0.3
mkdir -p node_modules/greeting
echo '{"type": "module", "exports": "./index.js"}' > node_modules/greeting/package.json
echo "export const greeting = 'hello';" > node_modules/greeting/index.js`);
});

describe('bin/bookend.js of a clone', () => {
  test('installs the packages the first time, and says so in one line', () => {
    assert.deepEqual(bookend(), { status: 0, stdout: 'hello\n', stderr: installing });
    assert.deepEqual(bookend(), { status: 0, stdout: 'hello\n', stderr: '' });
    assert.deepEqual(callsOfNpm(), ['ci --include=dev --no-audit --no-fund --loglevel=error']);
  });

  test('leaves packages alone that somebody installed in another way', () => {
    spawnSync('npm', [], { cwd: clone, env: environment });
    assert.deepEqual(bookend(), { status: 0, stdout: 'hello\n', stderr: '' });
  });

  test('says why there are no packages, and tries again the next time', () => {
    npm('echo "no route to host" >&2; mkdir node_modules; exit 1');
    const { status, stdout, stderr } = bookend();
    assert.deepEqual([status, stdout], [9, '']);
    assert.equal(stderr, `${installing}no route to host\nnpm ci failed in ${clone}: see above. Is the npm registry reachable?\n`);
    bookend();
    assert.equal(callsOfNpm().length, 2);
  });

  test('installs them again after an installation that was interrupted', () => {
    mkdirSync(join(clone, 'node_modules'));
    const { pid } = spawnSync('true');
    write('.installing-packages', `${pid}\n`);
    assert.deepEqual(bookend(), { status: 0, stdout: 'hello\n', stderr: installing });
  });

  test('waits for another process that installs them', async () => {
    const both = await Promise.all([started(), started()]);
    assert.deepEqual(both, ['hello\n', 'hello\n']);
    assert.equal(callsOfNpm().length, 1);
  });

  test('names npm when there is none', () => {
    rmSync(join(programs, 'npm'));
    const { status, stderr } = bookend({ PATH: programs });
    assert.equal(status, 9);
    assert.match(stderr, /npm ci cannot run: spawnSync npm ENOENT\. Install Node\.js with npm\.\n$/);
  });
});

test('an installed package installs nothing: it has its bundle', () => {
  rmSync(join(clone, 'src'), { recursive: true });
  rmSync(join(clone, 'tools'), { recursive: true });
  write('dist/bookend.mjs', "console.log('bundled');\n");
  assert.deepEqual(bookend(), { status: 0, stdout: 'bundled\n', stderr: '' });
  assert.equal(existsSync(calls), false);
});

test('an npm script also installs them again when the lock file has changed', () => {
  const run = () => spawnSync(process.execPath, ['tools/run.mjs', 'src/cli/main.ts'], { cwd: clone, env: environment });
  for (const lock of ['{}', '{}', '{"changed": true}']) {
    write('package-lock.json', lock);
    assert.equal(run().stdout.toString(), 'hello\n');
  }
  assert.equal(callsOfNpm().length, 2);
});

function bookend(more: NodeJS.ProcessEnv = {}): { status: number | null; stdout: string; stderr: string } {
  const options = { encoding: 'utf8', env: { ...environment, ...more } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(clone, 'bin/bookend.js')], options);
  return { status, stdout, stderr };
}

async function started(): Promise<string> {
  const child = spawn(process.execPath, [join(clone, 'bin/bookend.js')], { env: environment });
  let said = '';
  for await (const part of child.stdout.setEncoding('utf8')) said += part;
  return said;
}

function callsOfNpm(): string[] {
  return readFileSync(calls, 'utf8').trimEnd().split('\n');
}

function write(path: string, text: string): void {
  writeFiles(clone, { [path]: text });
}

function npm(script: string): void {
  mkdirSync(programs, { recursive: true });
  const path = join(programs, 'npm');
  writeFileSync(path, `#!/bin/sh\necho "$*" >> "$CALLS"\n${script}\n`);
  chmodSync(path, 0o755);
}
