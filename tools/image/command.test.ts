import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { repository } from './bundle.ts';

const parent = mkdtempSync(join(tmpdir(), 'command-'));
after(() => rmSync(parent, { recursive: true }));

/** The command as installed with these files beside it. */
function installed(files: Record<string, string>, { packages = true, node = false } = {}): string {
  const root = mkdtempSync(join(parent, 'package-'));
  for (const [file, content] of Object.entries({ 'package.json': '{"type":"module"}', ...files })) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), content);
  }
  mkdirSync(join(root, 'bin'));
  if (packages) mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  if (node) symlinkSync(process.execPath, join(root, 'node_modules', '.bin', 'node'));
  copyFileSync(join(repository, 'bin', 'bookend.js'), join(root, 'bin', 'bookend.js'));
  return join(root, 'bin', 'bookend.js');
}

const print = (what: string) => `const text: string = ${JSON.stringify(what)}; console.log(text, ...process.argv.slice(2));`;
const oldNode = [
  '--import',
  `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'20.1.0'}})`,
];

function run(command: string, flags: string[] = []): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...flags, command, 'one', 'two'], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the command bookend', () => {
  test('runs the sources of a clone, even where a bundle lies beside them', () => {
    const command = installed({ 'src/cli/main.ts': print('sources'), 'dist/bookend.mjs': 'console.log("bundle")' });
    assert.deepEqual(run(command), { status: 0, stdout: 'sources one two\n', stderr: '' });
  });

  test('runs the bundle of the published package', () => {
    const command = installed({ 'dist/bookend.mjs': 'console.log("bundle"); process.exitCode = 7' }, { packages: false });
    assert.deepEqual(run(command), { status: 7, stdout: 'bundle\n', stderr: '' });
  });

  test('on an old Node hands over to the one that npm installed, arguments and exit code included', () => {
    const command = installed({ 'src/cli/main.ts': `${print('newer')} process.exitCode = 7;` }, { node: true });
    assert.deepEqual(run(command, oldNode), { status: 7, stdout: 'newer one two\n', stderr: '' });
  });

  test('passes on what is to stop it, and ends by the same signal', async () => {
    const command = installed({ 'src/cli/main.ts': 'console.log("up"); setInterval(() => {}, 1000);' }, { node: true });
    const child = spawn(process.execPath, [...oldNode, command], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM']);
  });

  for (const [problem, command, flags, message] of [
    [
      'an old Node and no other',
      installed({ 'src/cli/main.ts': '' }),
      oldNode,
      /^bookend needs Node 24 or newer; this is Node 20\.1\.0 \(.*\)\.\n$/,
    ],
    [
      'a clone without packages',
      installed({ 'src/cli/main.ts': '' }, { packages: false }),
      [],
      /^bookend runs from a clone .*npm ci/,
    ],
    ['a package without its program', installed({}), [], /^bookend is installed without its program/],
  ] as const) {
    test(`says in one line what is wrong: ${problem}`, () => {
      const { status, stdout, stderr } = run(command, [...flags]);
      assert.deepEqual([status, stdout, stderr.split('\n').length], [9, '', 2]);
      assert.match(stderr, message);
    });
  }
});
