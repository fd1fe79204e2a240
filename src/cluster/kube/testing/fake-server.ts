/**
 * An API server for tests, on loopback, that does what a test tells it to and nothing else: also what real ones do
 * rarely and at the worst moment.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { KubernetesObject } from '../../../objects/object.ts';
import { type Connection, type Credentials, fixedCredentials } from '../connection.ts';
import { type KubeCluster, type OpenOptions, openCluster } from '../open.ts';

export type FakeRequest = {
  method: string;
  /** Without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  /** The common name in the client's certificate. */
  certificate?: string;
};

export type FakeAnswer =
  | { status?: number; headers?: Record<string, string>; body: unknown }
  /** The connection is cut without a word. */
  | 'reset'
  /** Nothing ever comes. */
  | 'silence'
  /** A watch that was accepted; the rest is the test's business. */
  | { stream: (stream: Stream) => void };

export type Handler = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;

export type FakeOptions = {
  tls?: { cert: string; key: string /** Asks clients for certificates of this authority. */; ca?: string };
  port?: number;
};

export class FakeServer {
  /** Every request so far. */
  readonly requests: FakeRequest[] = [];
  /** How many connections were ever made. */
  connections = 0;

  readonly #server: Server;
  readonly #scheme: 'http' | 'https';
  readonly #sockets = new Set<Socket>();
  readonly #opened: KubeCluster[] = [];
  readonly #routes: { method: string; path: RegExp; handler: Handler }[] = [];

  static async start(options: FakeOptions = {}): Promise<FakeServer> {
    const fake = new FakeServer(options);
    await new Promise<void>((resolve) => {
      fake.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    fake.#discovery();
    return fake;
  }

  private constructor({ tls }: FakeOptions) {
    const listener = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    this.#scheme = tls ? 'https' : 'http';
    this.#server = tls
      ? createTlsServer({ ...tls, requestCert: tls.ca !== undefined, rejectUnauthorized: false }, listener)
      : createServer(listener);
    this.#server.on(tls ? 'secureConnection' : 'connection', (socket: Socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  /** Answers these requests so, from now on; what was said last counts first. */
  on(method: string, path: string | RegExp, handler: Handler | FakeAnswer): this {
    const exact = path instanceof RegExp ? path : new RegExp(`^${path.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
    this.#routes.unshift({ method, path: exact, handler: typeof handler === 'function' ? handler : () => handler });
    return this;
  }

  /** Answers these requests one after the other, and the last one for ever. */
  script(method: string, path: string | RegExp, ...answers: FakeAnswer[]): this {
    let next = 0;
    return this.on(method, path, () => {
      const answer = answers[Math.min(next, answers.length - 1)];
      next += 1;
      return answer ?? 'reset';
    });
  }

  /** The requests with this method and path. */
  seen(method: string, path: string): FakeRequest[] {
    return this.requests.filter((request) => request.method === method && request.path === path);
  }

  /** Cuts every connection, as a dying API server does. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Closes the clusters that were opened from it, too. */
  async close(): Promise<void> {
    for (const cluster of this.#opened.splice(0)) await cluster.close();
    await this.stop();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  /** A connection to it, with whatever a test wants to be different. */
  connection(more: Partial<Connection> & { credentials?: Credentials } = {}): Connection {
    return { name: 'fake', server: this.url, tls: {}, credentials: fixedCredentials({}), namespace: 'default', ...more };
  }

  /** Opens it with short waits and no randomness. */
  async open(options: OpenOptions = {}): Promise<KubeCluster> {
    const cluster = await openCluster({
      connection: this.connection(),
      random: () => 0,
      ...options,
      watchTiming: { mostWaitMs: 20, ...options.watchTiming },
    });
    this.#opened.push(cluster);
    return cluster;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake');
    const peer = (request.socket as Partial<TLSSocket>).getPeerCertificate?.()?.subject?.CN;
    const seen: FakeRequest = {
      method: request.method ?? '',
      path: pathname,
      query: searchParams,
      headers: request.headers,
      body: await bodyOf(request),
      ...(typeof peer === 'string' && { certificate: peer }),
    };
    this.requests.push(seen);
    const route = this.#routes.find(({ method, path }) => method === seen.method && path.test(pathname));
    const answer = route ? await route.handler(seen) : notServed();
    if (answer === 'silence') return;
    if (answer === 'reset') request.socket.destroy();
    else if ('stream' in answer) answer.stream(new Stream(response));
    else {
      const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end(text);
    }
  }

  /** ConfigMaps, Namespaces and Deployments. */
  #discovery(): void {
    const verbs = ['create', 'delete', 'get', 'list', 'patch', 'watch'];
    const resource = (name: string, kind: string, scope: string) => ({ resource: name, responseKind: { kind }, scope, verbs });
    this.on(
      'GET',
      '/api',
      discovered('', 'v1', [resource('configmaps', 'ConfigMap', 'Namespaced'), resource('namespaces', 'Namespace', 'Cluster')]),
    );
    this.on('GET', '/apis', discovered('apps', 'v1', [resource('deployments', 'Deployment', 'Namespaced')]));
    this.on('GET', '/version', { body: { gitVersion: 'v1.37.2' } });
  }
}

/** One answered watch. */
export class Stream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
  }

  event(type: string, object: unknown): this {
    return this.text(`${JSON.stringify({ type, object })}\n`);
  }

  bookmark(resourceVersion: string): this {
    return this.event('BOOKMARK', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { resourceVersion } });
  }

  text(text: string): this {
    this.#response.write(text);
    return this;
  }

  /** Has this called when the client has gone. */
  onClose(then: () => void): void {
    this.#response.on('close', then);
  }

  end(): void {
    this.#response.end();
  }

  /** Cut off, as by a network that broke. */
  reset(): void {
    // What was written before has to arrive first.
    setTimeout(() => this.#response.destroy(), 5);
  }
}

export function configMapOf(name: string, resourceVersion = '1', more: Record<string, unknown> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion },
    ...more,
  };
}

export function listOf(items: unknown[], resourceVersion: string, more: Record<string, unknown> = {}): FakeAnswer {
  return { body: { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion, ...more }, items } };
}

/** A `Status`, as the API server refuses. */
export function refusal(
  status: number,
  reason: string,
  message = reason,
  details?: unknown,
  headers?: Record<string, string>,
): FakeAnswer {
  return {
    status,
    body: {
      kind: 'Status',
      apiVersion: 'v1',
      status: 'Failure',
      message,
      reason,
      code: status,
      ...(details !== undefined && { details }),
    },
    ...(headers && { headers }),
  };
}

export function discovered(group: string, version: string, resources: unknown[], freshness = 'Current'): FakeAnswer {
  return {
    body: {
      kind: 'APIGroupDiscoveryList',
      apiVersion: 'apidiscovery.k8s.io/v2',
      items: [{ metadata: group ? { name: group } : {}, versions: [{ version, freshness, resources }] }],
    },
  };
}

/** What the API server says to a path that it does not know. */
export function notServed(): FakeAnswer {
  return { status: 404, headers: { 'content-type': 'text/plain' }, body: '404 page not found\n' };
}

/** Waits (in real time, shortly) until something is so. */
export async function eventually(condition: () => boolean, timeoutMs = 3_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`still not so after ${timeoutMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
