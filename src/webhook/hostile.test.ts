/**
 * Whoever can connect to the webhook, and that is every Pod of the cluster: over real TLS on loopback, with the real
 * threads. Whatever is sent is answered or refused within a second, the API server's own questions are answered
 * meanwhile, and the event loop, on which leases are renewed, does not notice.
 */
import assert from 'node:assert/strict';
import { type IncomingHttpHeaders, request } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, describe, test } from 'node:test';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import { issue } from './certificate/issue.ts';
import { webhookLimits } from './limits.ts';
import { replyTo } from './replies.ts';
import { AdmissionServer, type ServerLimits } from './server.ts';
import { WorkerPool } from './workers/pool.ts';

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
const name = 'webhook.example.svc';
const credentials = issue({ names: [name], now: Date.now(), validityMs: 3_600_000 });
const many = <T>(count: number, make: (index: number) => T) => Array.from({ length: count }, (_, index) => make(index));

/** 60 shares of 1,000 containers each, in 613 kB: the one that stopped the operator for a minute. */
const attack = () => {
  const containers = many(1_000, (index) => ({ name: `c${index}`, image: 'i' }));
  const line = containers.map((container) => `${container.name}:/x`).join(', ');
  return review({ annotations: Object.fromEntries(many(60, (index) => [`share.bookend.dev/s${index}`, line])), containers });
};

type Hostile = { body: string | Uint8Array; status: number | number[]; says: RegExp; why: string };
const hostile = (): Hostile[] => [
  { why: 'sixty shares of a thousand containers', body: attack(), status: 200, says: /at most 32 shares/ },
  {
    why: 'as much as is allowed',
    body: review({
      annotations: Object.fromEntries(
        many(32, (index) => [`share.bookend.dev/s${index}`, many(32, (at) => `c${at}:/in/${index}`).join(', ')]),
      ),
      containers: many(9_000, (index) => ({
        name: `c${index}`,
        image: 'i',
        volumeMounts: [{ name: 'v', mountPath: `/m/${index}` }],
      })),
    }),
    // A busy machine may not even read it in time: that is a refusal too.
    status: [200, 500],
    says: /"allowed":true|could not be (computed|read) within/,
  },
  { why: 'a deep list', body: '['.repeat(1_000_000), status: 400, says: /nested more than 100 levels/ },
  { why: 'a wide list', body: `[${'[],'.repeat(1_000_000)}[]]`, status: 400, says: /more than 100000 values/ },
  { why: 'a deep Pod', body: review({ deep: deep(90) }), status: 400, says: /nested more than/ },
  { why: 'no JSON', body: 'x'.repeat(100_000), status: 400, says: /not JSON/ },
  { why: 'nothing', body: '', status: 400, says: /not JSON/ },
  { why: 'no text', body: new Uint8Array(10_000).fill(0xff), status: 400, says: /not JSON/ },
  {
    why: 'another review',
    body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', request: {} }),
    status: 400,
    says: /not an AdmissionReview/,
  },
  {
    why: 'an old version',
    body: review({}).replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
    status: 400,
    says: /not an AdmissionReview of admission\.k8s\.io\/v1/,
  },
  {
    why: 'another kind',
    body: JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: { uid: 'a', kind: { group: 'apps', kind: 'Deployment' }, object: {} },
    }),
    status: 400,
    says: /not about a Pod/,
  },
  {
    why: 'a long line',
    body: review({ annotations: { 'share.bookend.dev/a': `app:"${'\\"'.repeat(15_000)}` } }),
    status: 200,
    says: /is not a share/,
  },
  {
    why: 'many empty lines',
    body: review({ annotations: { 'share.bookend.dev/a': ' '.repeat(32_000) } }),
    status: 200,
    says: /is not a share/,
  },
  {
    why: 'names of every object',
    body: review({ annotations: { 'share.bookend.dev/a': 'app:/a, app:/b; constructor=x' } }),
    status: 200,
    says: /expected an option/,
  },
];

describe('A webhook that anybody can connect to', () => {
  const open: (() => Promise<void>)[] = [];
  after(() => Promise.all(open.map((close) => close())));
  let usual: Served;
  before(async () => {
    usual = await serve(open);
    await ask(usual, review({}));
  });

  for (const { why, says, status, body } of hostile()) {
    test(`answers or refuses within a second: ${why}`, async () => {
      // A thread that was just ended is not replaced at once: who asks meanwhile is refused for the moment, and in
      // no more time.
      const { answer, ms } = await askAgain(usual, body);
      assert.ok([status].flat().includes(answer.status), `${answer.status}: ${answer.text.slice(0, 300)}`);
      assert.match(answer.text.slice(0, 20_000), says);
      assert.ok(!/\bat .*\.ts:\d+/.test(answer.text), 'no stack trace');
      assert.ok(ms < 1_000 * slowness, `${ms.toFixed(0)} ms`);
    });
  }

  test('leaves the event loop alone and answers others while all of this comes at once', async () => {
    const delay = monitorEventLoopDelay({ resolution: 10 });
    delay.enable();
    let ended = false;
    const bodies = hostile().map(({ body }) => body);
    const attackers = many(8, async (index) => {
      for (let at = index; !ended; at++)
        await ask(usual, bodies[at % bodies.length] ?? '', { localAddress: '127.0.0.66' }).catch(() => undefined);
    });
    const times: number[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const began = performance.now();
      const { answer } = await askAgain(usual, review(shared));
      assert.equal(answer.status, 200);
      times.push(performance.now() - began);
    }
    ended = true;
    await Promise.all(attackers);
    delay.disable();
    const worst = delay.percentile(99) / 1e6;
    assert.ok(worst < 150 * slowness, `event loop delay: p99 ${worst.toFixed(0)} ms`);
    const median = times.toSorted((one, other) => one - other)[10] ?? 0;
    assert.ok(median < 1_000 * slowness, `${median.toFixed(0)} ms for a usual question`);
  });

  test('takes no body that does not say how long it is, is too long, or longer than it says', async () => {
    const chunked = await raw(usual, `${head}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`);
    assert.match(chunked, /^HTTP\/1\.1 411 /);
    assert.match(await raw(usual, `${head}content-length: 999999999999\r\n\r\n`), /^HTTP\/1\.1 413 /);
    assert.match(await raw(usual, `${head}content-length: nonsense\r\n\r\n`), /^HTTP\/1\.1 400 /);
    assert.match(await raw(usual, `${head}x: ${'y'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1\.1 431 /);
    assert.match(await raw(usual, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 /);
  });

  test('holds no more of all bodies than it may, and says when to ask again', async () => {
    const served = await serve(open, { bodiesBytesPerAddress: 1_000_000 });
    const waiting = await connected(served);
    waiting.write(`${head}content-length: 2000000\r\n\r\n`);
    waiting.write('x'.repeat(900_000));
    await pause(200);
    const answer = await ask(served, 'y'.repeat(500_000));
    assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1']);
    waiting.destroy();
    await pause(200);
    assert.equal((await ask(served, review({}))).status, 200);
  });

  test('closes connections that say nothing, or too slowly: before, in and after their handshake', async () => {
    const served = await serve(open, { connections: { ...webhookLimits.connections, questionMs: 400 } });
    const silent = connect(served.port, '127.0.0.1');
    const shaken = await connected(served);
    const slow = await connected(served);
    slow.write(`${head}content-length: 100\r\n\r\n`);
    const dripping = setInterval(() => slow.write('x'), 50);
    const began = performance.now();
    await Promise.all([silent, shaken, slow].map(closed));
    clearInterval(dripping);
    assert.ok(performance.now() - began < 1_500 * slowness, `${performance.now() - began} ms`);
    assert.deepEqual([...new Set(served.turnedAway)], ['silent']);
  });

  test('ends a connection whose answer nobody reads', async () => {
    const served = await serve(open, { connections: { ...webhookLimits.connections, lifeMs: 600 } });
    const socket = await connected(served);
    socket.pause();
    socket.write(`${head}content-length: 2\r\n\r\n{}`);
    await pause(1_200);
    assert.equal(await served.connections(), 0);
    socket.destroy();
  });

  test('answers a question in time though one address holds all the connections that it gets', async () => {
    const served = await serve(open, { connections: { ...webhookLimits.connections, waitingPerAddress: 100 } });
    const sockets = many(300, () => connect({ port: served.port, host: '127.0.0.1', localAddress: '127.0.0.66' }));
    for (const socket of sockets) socket.on('error', () => undefined);
    await pause(300);
    const began = performance.now();
    assert.equal((await ask(served, review(shared))).status, 200);
    assert.ok(performance.now() - began < 1_000 * slowness, `${performance.now() - began} ms`);
    assert.ok(served.turnedAway.includes('full'), 'more than may wait are closed');
    for (const socket of sockets) socket.destroy();
  });

  test('and though two of them hold all that there are', async () => {
    const served = await serve(open);
    const sockets = ['127.0.0.66', '127.0.0.67'].flatMap((localAddress) =>
      many(100, () => connect({ port: served.port, host: '127.0.0.1', localAddress })),
    );
    for (const socket of sockets) socket.on('error', () => undefined);
    await pause(100);
    const began = performance.now();
    assert.equal((await ask(served, review(shared))).status, 200);
    assert.ok(performance.now() - began < 2_000 * slowness, `${performance.now() - began} ms`);
    for (const socket of sockets) socket.destroy();
  });

  test('takes one question of a connection, however many are sent', async () => {
    const served = await serve(open);
    const body = review(shared);
    const one = `${head}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
    const answers = await raw(served, one.repeat(50));
    assert.equal(answers.match(/HTTP\/1\.1 200/g)?.length, 1);
    assert.ok(served.asked() <= 1, `${served.asked()} questions`);
  });

  test('speaks HTTP/1.1 alone, and no old TLS', async () => {
    const socket = connectSecurely({
      port: usual.port,
      host: '127.0.0.1',
      servername: name,
      ca: credentials.authority,
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    assert.equal(socket.alpnProtocol, 'http/1.1');
    socket.destroy();
    const old = connectSecurely({
      port: usual.port,
      host: '127.0.0.1',
      ca: credentials.authority,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
    });
    await assert.rejects(new Promise((resolve, reject) => old.once('secureConnect', resolve).once('error', reject)));
    await assert.rejects(
      new Promise((resolve, reject) =>
        request({ port: usual.port, path: '/share', method: 'POST' }, resolve).on('error', reject).end(),
      ),
      'no HTTP without TLS',
    );
  });
});

/** Bounds are multiplied by this: other tests run at the same time. On an idle machine TEST_SLOWNESS=1 holds. */
const slowness = Number(process.env.TEST_SLOWNESS ?? 2);
const head = 'POST /share HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
const shared = { annotations: { 'share.bookend.dev/a': 'app:/a -> web:/b:ro' } };

function review({
  annotations = {},
  containers,
  ...more
}: {
  annotations?: object;
  containers?: object[];
  [field: string]: unknown;
}): string {
  const object = {
    metadata: { name: 'web', annotations },
    spec: { containers: containers ?? ['app', 'web'].map((each) => ({ name: each, image: each })), ...more },
  };
  const asked = { uid: 'one', kind: { group: '', version: 'v1', kind: 'Pod' }, namespace: 'shop', object };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: asked });
}

function deep(levels: number): unknown {
  return levels === 0 ? {} : { in: [deep(levels - 1)] };
}

type Served = { port: number; turnedAway: string[]; asked(): number; connections(): Promise<number> };

async function serve(open: (() => Promise<void>)[], changed: Partial<ServerLimits> = {}): Promise<Served> {
  const program = new URL('../operator/admission-worker.ts', import.meta.url);
  const value = () => ({ seedImage: 'seed:1', imageVolumes: { always: { known: false, reason: 'not tried' } } });
  const pool = new WorkerPool({ program, data: { revision: () => 1, value }, log });
  pool.start();
  const turnedAway: string[] = [];
  const told = { log, answered: () => undefined, turnedAway: (reason: string) => void turnedAway.push(reason) };
  const sockets = new Set<Socket>();
  const server = new AdmissionServer({
    port: 0,
    log,
    turnedAway: told.turnedAway,
    answer: async (body, address) => replyTo(await pool.answer(body, address), 0, told),
    limits: { ...webhookLimits, ...changed },
  });
  server.use(credentials);
  while (!server.serving) await pause(5);
  open.push(async () => {
    for (const socket of sockets) socket.destroy();
    await server.close();
    await pool.close();
  });
  // The threads must have started, or the first question would wait for them.
  while (!('answered' in (await pool.answer(new TextEncoder().encode(review(shared)), 'start')))) await pause(50);
  return { port: server.port, turnedAway, asked: () => server.asked, connections: () => server.connections };
}

type Answer = { status: number; text: string; headers: IncomingHttpHeaders };

function ask({ port }: Served, body: string | Uint8Array, options: object = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const where = { host: '127.0.0.1', port, path: '/share', method: 'POST', servername: name, ca: credentials.authority };
    const sending = requestSecurely({ ...where, agent: false, ...options }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString(), headers: response.headers }),
      );
      response.on('error', reject);
    });
    sending.on('error', reject);
    sending.end(body);
  });
}

/**
 * As the API server does: what is refused for the moment is asked again when it says so.
 * @returns also the longest time for one answer
 */
async function askAgain(served: Served, body: string | Uint8Array): Promise<{ answer: Answer; ms: number }> {
  let longest = 0;
  for (let turn = 1; ; turn++) {
    const began = performance.now();
    const answer = await ask(served, body);
    longest = Math.max(longest, performance.now() - began);
    if (answer.headers['retry-after'] === undefined || turn === 6) return { answer, ms: longest };
    await pause(1_000 * Number(answer.headers['retry-after']));
  }
}

async function connected({ port }: Served): Promise<TLSSocket> {
  const socket = connectSecurely({ port, host: '127.0.0.1', servername: name, ca: credentials.authority });
  socket.on('error', () => undefined);
  await new Promise((resolve) => socket.once('secureConnect', resolve));
  return socket;
}

/** What comes back for these bytes until the connection ends. */
async function raw(served: Served, bytes: string): Promise<string> {
  const socket = await connected(served);
  let text = '';
  socket.on('data', (part) => {
    text += String(part);
  });
  socket.write(bytes);
  await closed(socket);
  return text;
}

function closed(socket: Socket): Promise<void> {
  socket.on('error', () => undefined);
  socket.resume();
  return new Promise((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
