#!/usr/bin/env node
// The command `bookend`, on whatever Node finds it first. In a clone it runs the sources as they are and installs their packages itself when
// there are none; in the npm package it runs the bundle.
// A Node that is too old hands over to the one that npm installed beside us, if any. This file uses nothing newer than Node 16.
import module from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { privateCacheDirectory } from './compile-cache.js';

// An import would read all properties of the module, and so load everything that Node loads only when it is used: streams, for one.
const require = module.createRequire(import.meta.url);
const { existsSync } = require('node:fs');

const oldestNode = 24;
const source = here('../src/cli/main.ts');
const bundle = here('../dist/bookend.mjs');
const program = [source, bundle].find((path) => existsSync(path));

if (program === undefined) {
  fail(`bookend is installed without its program: ${bundle} does not exist. Install the package again.`);
} else if (program === source && !(await hasPackages())) {
  // It has said why.
} else if (Number(process.versions.node.split('.')[0]) >= oldestNode) {
  // Compiled code is kept between runs, but never where somebody else could put code of theirs: Node's own default lies below /tmp.
  const directory = privateCacheDirectory(process.env, process.geteuid?.());
  if (directory !== undefined) module.enableCompileCache(directory);
  await import(pathToFileURL(program).href);
} else if (existsSync(here('../node_modules/.bin/node'))) {
  runWith(here('../node_modules/.bin/node'));
} else {
  fail(`bookend needs Node ${oldestNode} or newer; this is Node ${process.versions.node} (${process.execPath}).`);
}

/** Only a clone has the tool that installs them. */
async function hasPackages() {
  try {
    const { installPackages, isInstalled } = await import('../tools/install-packages.mjs');
    const root = here('..').replace(/[\\/]$/, '');
    if (!isInstalled(root)) installPackages(root, isInstalled);
    return true;
  } catch (error) {
    fail(error.message);
    return false;
  }
}

function runWith(node) {
  const { spawn } = require('node:child_process');
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // A terminal sends Ctrl-C to the whole group; what stops only us has to be passed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`bookend cannot run ${node}: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  });
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 9;
}

function here(path) {
  return fileURLToPath(new URL(path, import.meta.url));
}
