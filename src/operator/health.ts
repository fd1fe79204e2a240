/** Health and metrics over plain HTTP, each on a port of its own: probes come from the kubelet, metrics from whoever collects them. */
import { createServer, type Server } from 'node:http';
import type { Registry } from 'prom-client';

export type Answers = {
  /** The process works at all. */
  healthy(): boolean;
  /** Why it could not take over, or answer what it is asked; undefined when it could. */
  notReady(): string | undefined;
};

/** Serves /healthz and /readyz. */
export function serveHealth(port: number, { healthy, notReady }: Answers): Promise<Server> {
  return serve(port, async (path) => {
    if (path === '/healthz' || path === '/livez')
      return healthy() ? { status: 200, body: 'ok\n' } : { status: 500, body: 'not healthy\n' };
    if (path === '/readyz') {
      const reason = notReady();
      return reason === undefined ? { status: 200, body: 'ok\n' } : { status: 503, body: `${reason}\n` };
    }
    return undefined;
  });
}

/** Serves /metrics. */
export function serveMetrics(port: number, registry: Registry): Promise<Server> {
  return serve(port, async (path) =>
    path === '/metrics' ? { status: 200, body: await registry.metrics(), type: registry.contentType } : undefined,
  );
}

type Answer = { status: number; body: string; type?: string } | undefined;

function serve(port: number, answer: (path: string) => Promise<Answer>): Promise<Server> {
  const server = createServer((request, response) => {
    answer((request.url ?? '').split('?')[0] ?? '')
      .then((found) => {
        const { status, body, type = 'text/plain; charset=utf-8' } = found ?? { status: 404, body: 'not found\n' };
        response.writeHead(status, { 'content-type': type }).end(body);
      })
      .catch(() => response.writeHead(500).end());
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}
