/**
 * The HTTPS server that the API server asks. Its certificate can be changed while it serves.
 *
 * No connection outlives its answer. The API server would keep connections open and send the next question through
 * one whose other end is just going away, and a question that was lost refuses a Pod. It speaks HTTP/1.1 to webhooks
 * (kubernetes/kubernetes#75791), which has no way to say so in time. A new connection goes to a replica that is
 * ready, by the certificate that is current.
 *
 * Any Pod can connect. So connections pass a gate before their handshake, carry one question each, and have a bound
 * on everything: see `limits.ts`.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpsServer, type Server as HttpsServer } from 'node:https';
import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Log } from '../log.ts';
import { Bodies, type BodyLimits } from './connections/body.ts';
import { addressOf, Gate, type GateLimits } from './connections/gate.ts';
import { webhookLimits } from './limits.ts';

/** Where questions about Pods are put. */
export const path = '/share';

/** What is sent back. */
export type Reply = {
  status: number;
  body: string;
  /** Absent: plain text. */
  json?: true;
  /** When to ask again, in seconds. The API server does so by itself within its time limit. */
  retryAfter?: number;
};

export type AdmissionServerOptions = {
  /** 0 picks a free one. */
  port: number;
  /** Answers a question. @param address of whoever asks */
  answer(body: Uint8Array, address: string): Promise<Reply>;
  /** Told of everything that is not answered, by reason. */
  turnedAway(reason: string): void;
  log: Log;
  limits?: ServerLimits;
};

export type ServerLimits = BodyLimits & { connections: GateLimits; headerBytes: number };

export class AdmissionServer {
  readonly #options: AdmissionServerOptions;
  readonly #limits: ServerLimits;
  readonly #gate: Gate;
  readonly #bodies: Bodies;
  #front: Server | undefined;
  #https: HttpsServer | undefined;
  #listening = false;
  #asked = 0;

  constructor(options: AdmissionServerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? webhookLimits;
    this.#bodies = new Bodies(this.#limits);
    this.#gate = new Gate({
      letIn: (socket) => this.#https?.emit('connection', socket),
      turnedAway: (reason) => options.turnedAway(reason),
      limits: this.#limits.connections,
    });
  }

  get serving(): boolean {
    return this.#listening;
  }

  /** How many questions have come in. */
  get asked(): number {
    return this.#asked;
  }

  /** The port that it listens on. */
  get port(): number {
    return (this.#front?.address() as AddressInfo | null)?.port ?? 0;
  }

  /** How many connections there are, waiting ones too. */
  get connections(): Promise<number> {
    return new Promise((resolve) => {
      if (this.#front) this.#front.getConnections((error, count) => resolve(error ? 0 : count));
      else resolve(0);
    });
  }

  /**
   * Serves with this from now on: begins to listen with the first, and changes to any other for the next connection.
   */
  use(credentials: { certificate: string; key: string }): void {
    const context = { cert: credentials.certificate, key: credentials.key, minVersion: 'TLSv1.2' } as const;
    if (this.#https) {
      this.#https.setSecureContext(context);
      return;
    }
    const { log } = this.#options;
    const { headerBytes, connections } = this.#limits;
    // The gate ends what takes too long.
    const limits = { maxHeaderSize: headerBytes, handshakeTimeout: connections.lifeMs, requestTimeout: 0, headersTimeout: 0 };
    const https = createHttpsServer({ ...context, ...limits }, (request, response) => void this.#serve(request, response));
    https.maxRequestsPerSocket = 1;
    https.on('tlsClientError', (error) => log.debug({ error: error.message }, 'a connection to the webhook could not be made'));
    this.#https = https;
    this.#listen();
  }

  /** Takes no new connections, and ends when what was asked is answered. */
  async close(): Promise<void> {
    const front = this.#front;
    this.#listening = false;
    if (front?.listening) await new Promise<void>((resolve) => front.close(() => resolve()));
    this.#gate.close();
  }

  #listen(): void {
    const { log, port } = this.#options;
    // Paused: of a connection that waits nothing is read.
    const front = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => this.#gate.enter(socket));
    front.on('error', (error) => {
      log.error({ error: error.message, port }, 'the webhook cannot serve');
      this.#listening = false;
      this.#front = undefined;
      this.#https = undefined;
    });
    front.listen(port, () => {
      this.#listening = true;
    });
    this.#front = front;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { socket } = request;
    const address = addressOf(socket);
    const connection = { remoteAddress: address, remotePort: socket.remotePort };
    try {
      if ((request.url ?? '').split('?')[0] !== path) return await this.#refuse(request, response, 404, 'not found');
      if (request.method !== 'POST') return await this.#refuse(request, response, 405, 'POST only');
      this.#asked += 1;
      const read = await this.#bodies.read(request, address);
      if ('why' in read) return await this.#refuse(request, response, read.status, read.why);
      this.#gate.asked(connection);
      try {
        send(response, await this.#options.answer(read.body, address));
        response.end();
      } finally {
        read.release();
      }
    } catch (error) {
      // The other side has gone away in the middle of its question.
      this.#options.log.debug({ error: String(error) }, 'a question to the webhook was broken off');
      response.destroy();
    }
  }

  /**
   * Says why, and listens a moment longer: who is still sending would otherwise only see that the connection broke.
   */
  async #refuse(request: IncomingMessage, response: ServerResponse, status: number, why: string): Promise<void> {
    this.#options.turnedAway(String(status));
    send(response, { status, body: `${why}\n`, ...(status === 503 && { retryAfter: 1 }) });
    if (!request.complete) {
      request.resume();
      await Promise.race([new Promise((resolve) => request.once('close', resolve)), wait(lingerMs, request)]);
    }
    response.end();
  }
}

const lingerMs = 250;

function send(response: ServerResponse, { status, body, json, retryAfter }: Reply): void {
  const bytes = Buffer.from(body);
  if (retryAfter !== undefined) response.setHeader('retry-after', retryAfter);
  response
    .writeHead(status, {
      'content-type': json ? 'application/json' : 'text/plain; charset=utf-8',
      'content-length': bytes.length,
      connection: 'close',
    })
    .write(bytes);
}

function wait(ms: number, until: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    until.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
