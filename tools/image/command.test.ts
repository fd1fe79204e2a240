import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { scratch, writeFiles } from '../test/scratch.ts';
import { repository } from './bundle.ts';

const installer = join(repository, 'tools', 'install-packages.mjs');

/** The command as installed with these files beside it. */
function installed(files: Record<string, string>, { packages = true, node = false } = {}): string {
  const root = writeFiles(scratch(), { 'package.json': '{"type":"module"}', ...files });
  mkdirSync(join(root, 'bin'));
  if (packages) mkdirSync(join(root, 'node_modules', '.bin'), { recursive: true });
  if (node) symlinkSync(process.execPath, join(root, 'node_modules', '.bin', 'node'));
  for (const file of ['bookend.js', 'compile-cache.js']) copyFileSync(join(repository, 'bin', file), join(root, 'bin', file));
  // A clone has what installs its packages: tools/install-packages.test.ts.
  if ('src/cli/main.ts' in files) cpSync(installer, join(root, 'tools', basename(installer)));
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
    ['a package without its program', installed({}), [], /^bookend is installed without its program/],
  ] as const) {
    test(`says in one line what is wrong: ${problem}`, () => {
      const { status, stdout, stderr } = run(command, [...flags]);
      assert.deepEqual([status, stdout, stderr.split('\n').length], [9, '', 2]);
      assert.match(stderr, message);
    });
  }
});

describe('compiled code is kept only where nobody else can write', () => {
  const tell = `import module from 'node:module'; console.log(module.getCompileCacheDir() ?? 'nowhere');`;
  const command = installed({ 'src/cli/main.ts': tell });
  const fresh = () => scratch();
  const keptIn = (environment: Record<string, string>) => {
    const { NODE_COMPILE_CACHE: _, XDG_CACHE_HOME: __, HOME: ___, ...rest } = process.env;
    const options = { encoding: 'utf8', env: { ...rest, ...environment } } as const;
    const { stdout, stderr } = spawnSync(process.execPath, [command], options);
    assert.equal(stderr, '');
    return stdout.trim();
  };

  test('below the cache of the user, which is made for the user alone', () => {
    const [home, cache] = [fresh(), fresh()];
    assert.match(keptIn({ HOME: home }), new RegExp(`^${home}/.cache/bookend/compiled/`));
    assert.match(keptIn({ HOME: home, XDG_CACHE_HOME: cache }), new RegExp(`^${cache}/bookend/compiled/`));
    assert.match(keptIn({ HOME: home, XDG_CACHE_HOME: 'relative' }), new RegExp(`^${home}/.cache/bookend/compiled/`));
    assert.ok(readdirSync(join(home, '.cache', 'bookend', 'compiled')).length > 0);
  });

  test('nowhere without a home, and in no directory that is there for everybody', () => {
    assert.equal(keptIn({}), 'nowhere');
    assert.equal(keptIn({ HOME: join(scratch(), 'no-such-home') }), 'nowhere');
    assert.equal(keptIn({ HOME: 'relative' }), 'nowhere');
    assert.equal(keptIn({ HOME: '/proc' }), 'nowhere');
  });

  const traps: Record<string, (cache: string) => void> = {
    'a directory that others can read': (cache) => {
      mkdirSync(join(cache, 'bookend', 'compiled'), { recursive: true });
      chmodSync(join(cache, 'bookend', 'compiled'), 0o755);
    },
    'a directory that others can fill': (cache) => {
      mkdirSync(join(cache, 'bookend'));
      chmodSync(join(cache, 'bookend'), 0o777);
    },
    'a link that somebody has laid': (cache) => symlinkSync(fresh(), join(cache, 'bookend')),
    'a link below ours': (cache) => {
      mkdirSync(join(cache, 'bookend'));
      symlinkSync(fresh(), join(cache, 'bookend', 'compiled'));
    },
    'a file': (cache) => writeFileSync(join(cache, 'bookend'), ''),
    'a parent that everybody can write': (cache) => chmodSync(cache, 0o777),
    'a parent that a group can write': (cache) => chmodSync(cache, 0o770),
    ...(process.getuid?.() === 0 && {
      'a directory of somebody else': (cache) => {
        mkdirSync(join(cache, 'bookend'), { mode: 0o700 });
        chownSync(join(cache, 'bookend'), 12345, 12345);
      },
      'a parent of somebody else': (cache) => chownSync(cache, 12345, 12345),
    }),
  };
  for (const [name, lay] of Object.entries(traps)) {
    test(`not in ${name}`, () => {
      const cache = fresh();
      lay(cache);
      assert.equal(keptIn({ HOME: cache, XDG_CACHE_HOME: cache }), 'nowhere');
    });
  }
});
