import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProgress, duration, liveLine } from './progress.ts';

function recorder(isTTY: boolean) {
  let written = '';
  let clock = 0;
  const stream = { isTTY, columns: 40, write: (text: string) => (written += text) };
  return { stream, now: () => clock, pass: (ms: number) => (clock += ms), written: () => written };
}

describe('progress', () => {
  test('in a log a step is a plain line at its start and one with the time at its end', async () => {
    const log = recorder(false);
    const progress = createProgress(log);
    const result = await progress.step('Building etcd (1 of 12)', async () => log.pass(8_240));
    assert.equal(result, 8_240);
    assert.equal(log.written(), 'Building etcd (1 of 12) …\nBuilding etcd (1 of 12): 8.2 s\n');
  });

  test('in a log a long step gives signs of life', async () => {
    const log = recorder(false);
    const progress = createProgress({ ...log, signOfLifeMs: 5 });
    await progress.step('Building', async () => {
      log.pass(61_000);
      await sleep(30);
    });
    assert.match(log.written(), /Building: still at work after 1 min 1 s\n/);
  });

  test('in a log a sign of life says what the step is at', async () => {
    const log = recorder(false);
    const progress = createProgress({ ...log, signOfLifeMs: 5 });
    await progress.step('Building', async (detail) => {
      detail('42 % done');
      await sleep(30);
    });
    assert.match(log.written(), /Building: still at work after 0\.0 s, 42 % done\n/);
  });

  test('on a terminal the line lives and is replaced by the result', async () => {
    const terminal = recorder(true);
    await createProgress(terminal).step('Starting', async () => terminal.pass(1_000));
    assert.equal(terminal.written(), '\r\u001b[KStarting · 0.0 s\r\u001b[KStarting: 1.0 s\n');
  });

  test('a failed step leaves no half line behind and no result', async () => {
    const terminal = recorder(true);
    const attempt = createProgress(terminal).step('Starting', () => Promise.reject(new Error('no')));
    await assert.rejects(attempt, /no/);
    assert.equal(terminal.written().endsWith('\r\u001b[K'), true);
  });

  test('the live line never reaches the edge of the terminal', () => {
    assert.equal(liveLine('Building kubelet', 61_000, 'k8s.io/client-go/kubernetes', 30), 'Building kubelet · 1 min 1 s…');
    assert.equal(liveLine('Building', 500, 'x', 30), 'Building · 0.5 s · x');
  });

  test('durations read as people say them', () => {
    assert.deepEqual([0, 949, 9_949, 9_950, 59_499, 278_000].map(duration), [
      '0.0 s',
      '0.9 s',
      '9.9 s',
      '10 s',
      '59 s',
      '4 min 38 s',
    ]);
  });
});
