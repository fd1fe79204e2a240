/**
 * The HTTPS server that the API server asks. Its certificate can be changed while it serves.
 *
 * No connection outlives its answer. The API server would keep connections open and send the next question through one whose other end is just going away,
 * and a question that was lost refuses a Pod. It speaks HTTP/1.1 to webhooks (kubernetes/kubernetes#75791), which has no way to say so in time. A new
 * connection goes to a replica that is ready, by the certificate that is current.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { isCode } from '../errors.ts';
import type { Log } from './log.ts';

/** Where questions about Pods are put. */
export const path = '/share';

export type AdmissionServerOptions = {
  /** 0 picks a free one. */
  port: number;
  /** From the body of the question to that of the answer. @throws BookendError `bad-input` for what is no question */
  answer(body: string): object;
  log: Log;
};

/** Far more than the 3 MiB that an object may have. */
const largestBody = 16 * 1024 * 1024;

export class AdmissionServer {
  readonly #options: AdmissionServerOptions;
  #server: Server | undefined;
  #listening = false;
  #asked = 0;

  constructor(options: AdmissionServerOptions) {
    this.#options = options;
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
    return (this.#server?.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Serves with this from now on: begins to listen with the first, and changes to any other for the next connection. */
  use(credentials: { certificate: string; key: string }): void {
    const context = { cert: credentials.certificate, key: credentials.key, minVersion: 'TLSv1.2' } as const;
    if (this.#server) {
      this.#server.setSecureContext(context);
      return;
    }
    const { log, port } = this.#options;
    // The API server gives a question 5 s.
    const limits = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 1_000, handshakeTimeout: 5_000 };
    const server = createServer({ ...context, ...limits }, (request, response) => void this.#serve(request, response));
    server.on('tlsClientError', (error) => log.debug({ error: error.message }, 'a connection to the webhook could not be made'));
    server.on('error', (error) => {
      log.error({ error: error.message, port }, 'the webhook cannot serve');
      this.#listening = false;
      this.#server = undefined;
    });
    server.listen(port, () => {
      this.#listening = true;
    });
    this.#server = server;
  }

  /** Takes no new connections, and ends when what was asked is answered. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#listening = false;
    if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { answer, log } = this.#options;
    const respond = (status: number, type: string, body: string) =>
      response.writeHead(status, { 'content-type': type, connection: 'close' }).end(body);
    try {
      if ((request.url ?? '').split('?')[0] !== path) return void respond(404, plain, 'not found\n');
      if (request.method !== 'POST') return void respond(405, plain, 'POST only\n');
      this.#asked += 1;
      const body = await bodyOf(request);
      if (body === undefined) return void respond(413, plain, 'too large\n');
      respond(200, 'application/json', JSON.stringify(answer(body)));
    } catch (error) {
      if (isCode(error, 'bad-input')) return void respond(400, plain, `${error.message}\n`);
      // The other side has gone away in the middle of its question.
      log.debug({ error: String(error) }, 'a question to the webhook was broken off');
      response.destroy();
    }
  }
}

const plain = 'text/plain; charset=utf-8';

/** The whole body, or undefined when it is too large: the rest is then not read. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > largestBody) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
