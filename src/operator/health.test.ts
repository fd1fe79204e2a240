/** The ports of the operator: what they answer, to whom, and on which address. */
import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { Registry } from 'prom-client';
import { type MayRead, serveHealth, serveMetrics } from './health.ts';

describe('The ports of the operator', () => {
  test('tell the health, and why it is not ready', async () => {
    let reason: string | undefined = 'the cluster has not been read yet';
    await serving(await serveHealth(0, { healthy: () => true, notReady: () => reason }), async (address) => {
      const ask = async (path: string) => {
        const answer = await fetch(`http://127.0.0.1:${address.port}${path}`);
        return [answer.status, await answer.text()];
      };
      assert.deepEqual(await ask('/healthz'), [200, 'ok\n']);
      assert.deepEqual(await ask('/readyz'), [503, 'the cluster has not been read yet\n']);
      reason = undefined;
      assert.deepEqual(await ask('/readyz?verbose'), [200, 'ok\n']);
      assert.equal((await ask('/metrics'))[0], 404);
    });
  });

  test('give the metrics to nobody outside of the Pod', async () => {
    await serving(await serveMetrics(0, new Registry()), async ({ address, port }) => {
      assert.equal(address, '127.0.0.1');
      assert.equal((await fetch(`http://127.0.0.1:${port}/metrics`)).status, 200);
    });
  });

  test('give them outside by HTTPS, to those only who may read them', async () => {
    const mayRead: MayRead = async (token) =>
      (({ right: 'granted', wrong: 'forbidden', lost: 'unknown', late: 'busy' }) as const)[String(token)] ?? 'unauthenticated';
    await serving(await serveMetrics(0, new Registry(), mayRead), async ({ address, port }) => {
      assert.notEqual(address, '127.0.0.1');
      const statuses = [];
      for (const authorization of ['Bearer right', 'Bearer wrong', 'Bearer lost', 'Bearer late', 'Basic right', undefined])
        statuses.push(await secureStatus(port, '/metrics', authorization));
      assert.deepEqual(statuses, [200, 403, 503, 503, 401, 401]);
      assert.equal(await secureStatus(port, '/else', 'Bearer right'), 404);
      await assert.rejects(fetch(`http://127.0.0.1:${port}/metrics`), 'plain HTTP is not served');
    });
  });
});

async function serving(server: Server, then: (address: AddressInfo) => Promise<void>): Promise<void> {
  try {
    await then(server.address() as AddressInfo);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function secureStatus(port: number, path: string, authorization: string | undefined): Promise<number | undefined> {
  const headers = authorization === undefined ? {} : { authorization };
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers, rejectUnauthorized: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
}
