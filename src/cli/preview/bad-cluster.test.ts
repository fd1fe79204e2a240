/**
 * A cluster that refuses, asks for patience, speaks nonsense or does not answer: over real HTTP, as the command line
 * meets it.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { wallClock } from '../../cluster/clock.ts';
import { openCluster } from '../../cluster/kube/open.ts';
import { runCommandLine } from '../command-line.ts';
import type { Invocation } from '../invocation.ts';

const directory = mkdtempSync(join(tmpdir(), 'bookend-bad-cluster-'));

type Answer = { status: number; body: object | string; headers?: Record<string, string> };

const status = (code: number, reason: string, message: string): Answer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message },
});

async function previewOn(answer: Answer | 'nothing') {
  const server = createServer((_, response) => {
    if (answer === 'nothing') return;
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    return await previewAt(`http://127.0.0.1:${port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function previewAt(server: string) {
  const kubeconfig = join(directory, 'kubeconfig');
  const named = { clusters: [{ name: 'c', cluster: { server } }], users: [{ name: 'u', user: {} }] };
  const contexts = [{ name: 'x', context: { cluster: 'c', user: 'u' } }];
  writeFileSync(kubeconfig, JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...named, contexts, 'current-context': 'x' }));
  let [out, err] = ['', ''];
  const invocation: Invocation = {
    ...{
      programName: 'bookend',
      interactive: false,
      colour: false,
      colourOut: false,
      watched: false,
      environment: {},
      clock: wallClock,
    },
    out: (text) => {
      out += text;
    },
    drained: async () => {},
    err: (text) => {
      err += text;
    },
    size: () => ({ columns: 100, rows: 24 }),
    readInput: async () => '',
    connect: async () => ({ cluster: await openCluster({ kubeconfig, retryForMs: 100, timeoutMs: 300 }), namespace: 'shop' }),
    onSignal: () => () => {},
  };
  const exitCode = await runCommandLine(['preview', 'agent', '-n', 'shop'], invocation);
  return { exitCode, out, err };
}

describe('bookend preview on a cluster that does not help', () => {
  const cases: [string, Answer | 'nothing', RegExp][] = [
    ['answers 401', status(401, 'Unauthorized', 'Unauthorized'), /\(unauthorized\)/],
    ['answers 403', status(403, 'Forbidden', 'secrets is forbidden: User "jane" cannot list'), /jane[\s\S]*\(forbidden\)/],
    [
      'answers 429',
      { ...status(429, 'TooManyRequests', 'the server is busy'), headers: { 'retry-after': '1' } },
      /\(throttled\)/,
    ],
    ['answers 503', status(503, 'ServiceUnavailable', 'etcd is down'), /\((unreachable|internal)\)/],
    ['answers nonsense', { status: 200, body: '<html>login</html>' }, /Error: /],
    ['answers nothing', 'nothing', /\((unreachable|timeout)\)/],
  ];
  for (const [what, answer, says] of cases) {
    test(`that ${what} ends with 2 and says so, without a report`, async () => {
      const { exitCode, out, err } = await previewOn(answer);
      assert.match(err, says);
      assert.match(err, / {2}Try: {3}./);
      assert.deepEqual([exitCode, out], [2, '']);
    });
  }

  test('that is not there ends with 2 and names the address', async () => {
    const { exitCode, err } = await previewAt('http://127.0.0.1:1');
    assert.equal(exitCode, 2);
    assert.match(err, /127\.0\.0\.1:1[\s\S]*\(unreachable\)/);
  });
});
