import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Connection, type Credential, fixedCredentials } from './connection.ts';
import type { KubeCluster } from './open.ts';
import { authority, client, elsewhere, server as serverCertificate } from './testing/certificates.ts';
import { type FakeOptions, FakeServer } from './testing/fake-server.ts';

describe('a connection by TLS', () => {
  let server: FakeServer | undefined;
  let cluster: KubeCluster | undefined;

  const start = async (tls: FakeOptions['tls'] = serverCertificate) => {
    server = await FakeServer.start({ tls });
    return server;
  };
  const version = async (connection: Partial<Connection>) => {
    assert.ok(server);
    cluster = await server.open({ connection: server.connection(connection) });
    return cluster.version();
  };
  afterEach(() => server?.close());

  test('trusts the authority of the kubeconfig', async () => {
    await start();
    assert.equal(await version({ tls: { ca: authority } }), 'v1.37.2');
  });

  test('does not trust just anybody, says so at once, and says what to check', async () => {
    await start();
    const started = performance.now();
    await assert.rejects(version({ tls: {} }), {
      code: 'unreachable',
      message: /not signed by the authority/,
      advice: /certificate-authority/,
    });
    assert.ok(performance.now() - started < 2_000);
  });

  test('trusts anybody with insecure-skip-tls-verify', async () => {
    await start(elsewhere);
    assert.equal(await version({ tls: { verify: false } }), 'v1.37.2');
  });

  test('expects the name of the host, or the one that tls-server-name gives', async () => {
    await start(elsewhere);
    await assert.rejects(version({ tls: { ca: authority } }), { code: 'unreachable', message: /another name/ });
    assert.equal(await version({ tls: { ca: authority, serverName: 'api.example' } }), 'v1.37.2');
  });

  test('presents the client certificate', async () => {
    const fake = await start({ ...serverCertificate, ca: authority });
    await version({ tls: { ca: authority }, credentials: fixedCredentials({ certificate: client }) });
    assert.equal(fake.requests.at(-1)?.certificate, 'client');
  });

  test('is made anew when the client certificate changes', async () => {
    const fake = await start({ ...serverCertificate, ca: authority });
    let credential: Credential = { certificate: client };
    const credentials = { current: async () => credential, renew: async () => false };
    await version({ tls: { ca: authority }, credentials });
    credential = { certificate: elsewhere };
    await cluster?.version();
    const presented = fake.requests.map(({ certificate }) => certificate);
    assert.deepEqual(presented, ['client', 'other']);
  });

  describe('through a proxy', () => {
    let proxy: Server;
    let tunnels: string[];
    const sockets = new Set<Socket>();

    beforeEach(async () => {
      tunnels = [];
      proxy = createServer().on('connect', (request, socket: Socket) => {
        const [host = '', port = ''] = (request.url ?? '').split(':');
        tunnels.push(request.url ?? '');
        const upstream = connect(Number(port), host, () => {
          socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
          upstream.pipe(socket).pipe(upstream);
        });
        for (const each of [socket, upstream]) sockets.add(each.on('error', () => undefined));
      });
      await new Promise<void>((resolve) => {
        proxy.listen(0, '127.0.0.1', resolve);
      });
    });
    afterEach(async () => {
      await cluster?.close();
      for (const socket of sockets) socket.destroy();
      proxy.close();
    });

    test('goes through its tunnel, and still checks the certificate of the API server', async () => {
      const fake = await start({ ...serverCertificate, ca: authority });
      const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const credentials = fixedCredentials({ certificate: client });
      assert.equal(await version({ tls: { ca: authority }, proxyUrl, credentials }), 'v1.37.2');
      assert.deepEqual(tunnels, [`127.0.0.1:${fake.port}`]);
      assert.equal(fake.requests[0]?.certificate, 'client');
      await cluster?.close();
      await assert.rejects(version({ tls: {}, proxyUrl }), { code: 'unreachable' });
    });
  });
});
