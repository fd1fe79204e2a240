import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { isAlive, isGone, killAll, type Process } from './processes.ts';

/** A program with many threads that listens on a port until it is killed. */
const server = `
  const { Worker } = require('node:worker_threads');
  for (let index = 0; index < 8; index += 1) new Worker('setInterval(() => new Array(1e5).fill(0).map(Math.random), 1)', { eval: true });
  const server = require('node:net').createServer().listen(Number(process.argv[1]), '127.0.0.1', () => console.log(server.address().port));
  server.on('error', (error) => { console.log(error.code); process.exit(1); });
`;

async function listening(port: number): Promise<{ process: Process; said: string }> {
  const child = spawn(process.execPath, ['-e', server, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(child.stdout, 'data')) as [Buffer];
  const pid = child.pid ?? 0;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const startTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
  return { process: { pid, startTicks }, said: said.toString().trim() };
}

describe('a process that is killed', () => {
  test('is gone when its port is free again, not when its first thread has ended', {
    skip: process.platform !== 'linux',
  }, async () => {
    const first = await listening(0);
    let { process: running } = first;
    for (let turn = 0; turn < 4; turn += 1) {
      assert.ok(isAlive(running) && !isGone(running));
      const { pid } = running;
      await killAll(() => [pid]);
      assert.ok(!isAlive(running) && isGone(running));
      const next = await listening(Number(first.said));
      assert.equal(next.said, first.said, 'the next one can listen on the port at once');
      running = next.process;
    }
    process.kill(running.pid, 'SIGKILL');
    await killAll(() => [], [running]);
    assert.ok(isGone(running), 'one that is ending already is waited for too');
  });
});
