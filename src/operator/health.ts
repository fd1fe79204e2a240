/**
 * Health and metrics, each on a port of its own. Probes come from the kubelet by plain HTTP. Metrics are for this Pod
 * alone, on its loopback address; where a Service is to serve them they are given by HTTPS, and to those only who may
 * read them.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Registry } from 'prom-client';
import { issue } from '../webhook/certificate/issue.ts';
import type { Access } from './metrics-access.ts';

export type Answers = {
  /** The process works at all. */
  healthy(): boolean;
  /** Why it could not take over, or answer what it is asked; undefined when it could. */
  notReady(): string | undefined;
};

/** Whether the bearer of a token may read the metrics. */
export type MayRead = (token: string | undefined) => Promise<Access>;

/** Serves /healthz and /readyz. */
export function serveHealth(port: number, { healthy, notReady }: Answers): Promise<Server> {
  return listening(
    createServer(
      limits,
      answering(async (path) => {
        if (path === '/healthz' || path === '/livez')
          return healthy() ? { status: 200, body: 'ok\n' } : { status: 500, body: 'not healthy\n' };
        if (path === '/readyz') {
          const reason = notReady();
          return reason === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${reason}\n` };
        }
        return undefined;
      }),
    ),
    port,
  );
}

/** Serves /metrics on the loopback address; with `mayRead` on every address, by HTTPS and to those only who may. */
export async function serveMetrics(port: number, registry: Registry, mayRead?: MayRead): Promise<Server> {
  const metrics = async () => ({ status: 200, body: await registry.metrics(), type: registry.contentType });
  if (!mayRead) {
    const open = answering(async (path) => (path === '/metrics' ? await metrics() : undefined));
    return await listening(createServer(limits, open), port, '127.0.0.1');
  }
  const judged = answering(async (path, request) => {
    if (path !== '/metrics') return undefined;
    const access = await mayRead(bearerOf(request));
    return access === 'granted' ? await metrics() : refusals[access];
  });
  // Whoever collects cannot know a certificate that is made here; it keeps tokens from those who only listen.
  const { certificate, key } = issue({ names: ['bookend-metrics'], now: Date.now(), validityMs: certificateMs });
  return await listening(createSecureServer({ ...limits, cert: certificate, key, minVersion: 'TLSv1.2' }, judged), port);
}

type Answer = { status: number; body: string; type?: string };

/** A process does not live that long. */
const certificateMs = 10 * 365 * 24 * 60 * 60_000;

/** Nobody may hold connections or send without end. */
const limits = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16_384 };
const mostConnections = 100;

const refusals: Readonly<Record<Exclude<Access, 'granted'>, Answer>> = {
  unauthenticated: { status: 401, body: 'show the token of an account in the header Authorization: Bearer\n' },
  forbidden: {
    status: 403,
    body: 'this account may not get the non-resource URL /metrics: bind it to ClusterRole bookend-metrics-reader\n',
  },
  unknown: { status: 503, body: 'the API server could not be asked who this is\n' },
  busy: { status: 503, body: 'too many tokens are being checked\n' },
};

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function answering(answer: (path: string, request: IncomingMessage) => Promise<Answer | undefined>): RequestListener {
  return (request, response) => {
    // What somebody sends is not read: nothing here takes a body.
    response.setHeader('connection', 'close');
    answer((request.url ?? '').split('?')[0] ?? '', request)
      .then((found) => {
        const { status, body, type = 'text/plain; charset=utf-8' } = found ?? { status: 404, body: 'not found\n' };
        response.writeHead(status, { 'content-type': type }).end(body);
      })
      .catch(() => response.writeHead(500).end());
  };
}

function listening<S extends Server>(server: S, port: number, host?: string): Promise<S> {
  server.maxConnections = mostConnections;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
