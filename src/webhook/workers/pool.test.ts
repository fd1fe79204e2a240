/**
 * The threads that compute answers: each question has its time and memory, and none of them is of any consequence
 * for the next one or for this process.
 */
import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, describe, test } from 'node:test';
import { webhookLimits } from '../limits.ts';
import { type Outcome, type PoolLimits, WorkerPool } from './pool.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const program = new URL('./testing/hostile-worker.ts', import.meta.url);
const limits: PoolLimits = { ...webhookLimits, answerMs: 400, queueMs: 20_000 };

describe('A pool of threads', () => {
  const pools: { close(): Promise<void> }[] = [];
  after(() => Promise.all(pools.map((pool) => pool.close())));

  const started = (changed: Partial<PoolLimits> = {}, of = program) => {
    const data = { word: 'one', revision: 1, asked: 0 };
    const pool = new WorkerPool({
      program: of,
      data: {
        revision: () => data.revision,
        value: () => {
          data.asked += 1;
          return { word: data.word };
        },
      },
      log,
      limits: { ...limits, ...changed },
    });
    pools.push(pool);
    pool.start();
    return { pool, data, ask: (does: string, from = 'a') => pool.answer(question({ does }), from) };
  };

  test('answers, and sends a thread what answers depend on only when that has changed', async () => {
    const { data, ask } = started({ workers: 1 });
    assert.equal(wordOf(await ask('answer')), 'word: one');
    assert.equal(wordOf(await ask('answer')), 'word: one');
    assert.equal(data.asked, 1);
    Object.assign(data, { word: 'two', revision: 2 });
    assert.equal(wordOf(await ask('answer')), 'word: two');
  });

  test('ends a thread that takes too long, says so of the Pod in question, and goes on with the next', async () => {
    const { ask } = started({ workers: 1 });
    await ask('answer');
    const began = performance.now();
    const outcome = await ask('loop');
    assert.ok(performance.now() - began < 1_000, `${performance.now() - began} ms`);
    assert.deepEqual(outcome, { exceeded: 'within 400 ms', asked: { uid: 'one', pod: 'shop/web' } });
    assert.equal(wordOf(await ask('answer')), 'word: one');
  });

  test('survives what takes all memory, ends its thread, or has no end of calls', async () => {
    const { ask } = started({ workers: 1, answerMs: 20_000 });
    assert.deepEqual(await ask('expand'), {
      exceeded: 'with the memory that an answer may take',
      asked: { uid: 'one', pod: 'shop/web' },
    });
    assert.equal(wordOf(await ask('answer')), 'word: one');
    assert.deepEqual(await ask('exit'), { exceeded: 'it has ended by itself', asked: { uid: 'one', pod: 'shop/web' } });
    const overflown = await ask('overflow');
    assert.ok('answered' in overflown && overflown.answered.outcome === 'failed', JSON.stringify(overflown));
    assert.equal(wordOf(await ask('answer')), 'word: one');
  });

  test('does not let one who asks much keep out another', async () => {
    const { ask } = started({ workers: 1, answerMs: 200 });
    await ask('answer');
    const order: string[] = [];
    const note = (who: string) => () => void order.push(who);
    const greedy = Array.from({ length: 6 }, () => ask('loop', 'greedy').then(note('greedy')));
    const other = ask('answer', 'other').then(note('other'));
    await Promise.all([other, ...greedy]);
    assert.ok(order.indexOf('other') <= 2, order.join());
  });

  test('says that it is busy instead of letting anybody wait without end', async () => {
    const { ask } = started({ workers: 1, answerMs: 30_000, queueMs: 5_000 });
    await ask('answer');
    const loop = ask('loop');
    assert.deepEqual(await ask('answer'), { busy: true });
    await pools.at(-1)?.close();
    assert.ok('exceeded' in (await loop));
  });

  test('leaves the event loop of this process alone while its threads loop', async () => {
    const { ask } = started({ workers: 2 });
    await ask('answer');
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    await Promise.all(Array.from({ length: 4 }, () => ask('loop')));
    delay.disable();
    assert.ok(delay.percentile(50) / 1e6 < 100, `median ${delay.percentile(50) / 1e6} ms`);
  });

  test('says what is wrong when no thread can start', async () => {
    const { pool, ask } = started({ queueMs: 1_500 }, new URL('./testing/absent.ts', import.meta.url));
    assert.deepEqual(await ask('answer'), { busy: true });
    assert.match(pool.trouble ?? '', /no thread that computes answers can start: .*absent\.ts/);
  });
});

function question(object: object): Uint8Array {
  const request = { uid: 'one', namespace: 'shop', object: { metadata: { name: 'web' }, ...object } };
  return new TextEncoder().encode(JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }));
}

function wordOf(outcome: Outcome): string {
  assert.ok('answered' in outcome, JSON.stringify(outcome));
  return JSON.parse(outcome.answered.text).response.status.message;
}
