/**
 * Requests to one API server: sent over kept-alive connections with whatever credentials are current, repeated as the
 * port's contract says, refused with our errors.
 */
import type { Dispatcher } from 'undici';
import { BookendError } from '../../errors.ts';
import { backoff, jittered } from '../backoff.ts';
import { type Clock, sleep } from '../clock.ts';
import type { Impersonation } from '../port.ts';
import { type Agents, type ClientCertificate, type Connection, type Credential, makeAgents } from './connection.ts';
import { type Attempt, arrivedSurelyNot, errorOfAnswer, errorOfConnection } from './errors.ts';
import { processTime, type ServerTime } from './server-clock.ts';

export type HttpRequest = {
  /** In words, for messages and counters. */
  attempt: Attempt;
  /** The plural name in URLs, for counters. */
  resource: string;
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  accept?: string;
  headers?: Record<string, string>;
  body?: { type: string; text: string };
  /** `always`: doing it twice does no harm. `unless-arrived`: only when it surely never reached the server. */
  repeat: 'always' | 'unless-arrived';
  /** The body is text whatever it looks like. */
  plain?: boolean;
  /** Statuses of 400 and above that the caller makes sense of himself. */
  expected?: number[];
  account?: Impersonation;
  /** Milliseconds during which it is repeated, instead of the cluster's own. */
  retryForMs?: number;
  signal?: AbortSignal;
};

export type HttpAnswer = {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  /** Parsed where it is JSON, else the text. */
  body: unknown;
  /** Length of the body as text. */
  length: number;
};

/** One request as it was answered, for metrics and benchmarks. Status 0: no answer. Repetitions count each. */
export type RequestInfo = { verb: string; resource: string; status: number; ms: number };

export type HttpOptions = {
  clock: Clock;
  /** A number in [0, 1). */
  random: () => number;
  retryForMs: number;
  connections: number;
  timeoutMs: number;
  userAgent: string;
  onRequest?: (info: RequestInfo) => void;
  /** Hears the time that every answer names. */
  serverTime?: ServerTime;
};

type Outcome = { answer: HttpAnswer } | { error: BookendError; again: boolean };

const retry = { firstMs: 100, mostMs: 2_000 };

export class Http {
  readonly connection: Connection;
  readonly options: HttpOptions;
  readonly #origin: string;
  readonly #prefix: string;
  #agents: Agents | undefined;
  #certificate: ClientCertificate | undefined;
  #closed = false;

  constructor(connection: Connection, options: HttpOptions) {
    const { origin, pathname } = new URL(connection.server);
    this.connection = connection;
    this.options = options;
    this.#origin = origin;
    this.#prefix = pathname.replace(/\/$/, '');
  }

  /**
   * Sends it, again and again if need be, until it is answered below 400 or with an expected status. @throws the port's
   * errors.
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { clock, random } = this.options;
    const deadline = clock.now() + (request.retryForMs ?? this.options.retryForMs);
    for (let failures = 1; ; failures += 1) {
      const outcome = await this.#attempt(request);
      if ('answer' in outcome) return outcome.answer;
      const wait = Math.max(outcome.error.details.retryAfterMs ?? 0, jittered(backoff(failures, retry), random()));
      if (!outcome.again || this.#closed || request.signal?.aborted || clock.now() + wait > deadline) throw outcome.error;
      await sleep(clock, wait);
    }
  }

  /**
   * Opens a stream (a watch, a log), once. The body must be read to its end or destroyed. @throws the port's errors.
   */
  async open(request: HttpRequest): Promise<Dispatcher.ResponseData['body']> {
    const { attempt } = request;
    const started = performance.now();
    let status = 0;
    try {
      const response = await this.#exchange(request, (agents) => agents.watches);
      status = response.statusCode;
      if (status < 400) return response.body;
      throw errorOfAnswer(attempt, status, parse(await response.body.text()), this.#retryAfter(response));
    } catch (error) {
      throw error instanceof BookendError ? error : errorOfConnection(attempt, this.connection, error);
    } finally {
      this.#count(request, status, started);
    }
  }

  /** Breaks off whatever is under way. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#agents?.short.destroy(), this.#agents?.watches.destroy()]);
  }

  async #attempt(request: HttpRequest): Promise<Outcome> {
    const { attempt, repeat, expected = [] } = request;
    const started = performance.now();
    let status = 0;
    try {
      const response = await this.#exchange(request, (agents) => agents.short);
      const text = await response.body.text();
      status = response.statusCode;
      const body = request.plain && status < 400 ? text : parse(text);
      if (status < 400 || expected.includes(status))
        return { answer: { status, headers: response.headers, body, length: text.length } };
      const error = errorOfAnswer(attempt, status, body, this.#retryAfter(response));
      // 429 is said before anything is done (API priority and fairness, max-in-flight); after a 5xx nobody knows,
      // unless it blames the request.
      const isFault = status >= 500 && status !== 501 && error.code === 'unreachable';
      return { error, again: status === 429 || (isFault && repeat === 'always') };
    } catch (cause) {
      if (cause instanceof BookendError) return { error: cause, again: false };
      const error = errorOfConnection(attempt, this.connection, cause);
      return { error, again: error.details.reason !== 'Permanent' && (repeat === 'always' || arrivedSurelyNot(cause)) };
    } finally {
      this.#count(request, status, started);
    }
  }

  /** One exchange; after a 401 a second one, if there are other credentials to try. */
  async #exchange(request: HttpRequest, choose: (agents: Agents) => Dispatcher): Promise<Dispatcher.ResponseData> {
    const first = await this.#dispatch(request, choose);
    if (first.statusCode !== 401 || !(await this.connection.credentials.renew())) return first;
    await first.body.dump();
    return this.#dispatch(request, choose);
  }

  async #dispatch(request: HttpRequest, choose: (agents: Agents) => Dispatcher): Promise<Dispatcher.ResponseData> {
    const credential = await this.connection.credentials.current();
    const account = request.account ?? this.connection.impersonate;
    const { body, signal } = request;
    const sentAt = processTime();
    const response = await choose(this.#agentsFor(credential)).request({
      origin: this.#origin,
      path: this.#prefix + request.path,
      method: request.method,
      headers: {
        'user-agent': this.options.userAgent,
        accept: request.accept ?? 'application/json',
        ...(credential.authorization && { authorization: credential.authorization }),
        ...(body && { 'content-type': body.type }),
        ...(account && impersonationHeaders(account)),
        ...request.headers,
      },
      ...(body && { body: body.text }),
      // undici would close the connection after every DELETE that has a body.
      reset: false,
      ...(signal && { signal }),
    });
    this.options.serverTime?.heard(response.headers.date, sentAt, processTime());
    return response;
  }

  /** Connections belong to the certificate that they were opened with: another one needs others. */
  #agentsFor({ certificate }: Credential): Agents {
    if (this.#closed) throw new BookendError('unreachable', `The connection to ${this.connection.name} was closed`);
    if (this.#agents && certificate?.cert === this.#certificate?.cert) return this.#agents;
    const old = this.#agents;
    this.#agents = makeAgents(this.connection, certificate, this.options);
    this.#certificate = certificate;
    // Lets what is under way finish. A failure to close what is no longer used concerns nobody.
    for (const agent of [old?.short, old?.watches]) agent?.close().catch(() => undefined);
    return this.#agents;
  }

  #retryAfter(response: Dispatcher.ResponseData): number | undefined {
    return retryAfter(response.headers['retry-after'], this.options.clock.now());
  }

  #count({ attempt: { verb }, resource }: HttpRequest, status: number, started: number): void {
    this.options.onRequest?.({ verb, resource, status, ms: performance.now() - started });
  }
}

/** JSON where it is JSON; a proxy's HTML or `404 page not found` as text. */
function parse(text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Kubernetes user impersonation: `Impersonate-User`, `-Group` (once for each group) and `-Uid`. */
function impersonationHeaders({ user, groups, uid }: Impersonation): Record<string, string | string[]> {
  return {
    'impersonate-user': user,
    ...(groups && groups.length > 0 && { 'impersonate-group': groups }),
    ...(uid && { 'impersonate-uid': uid }),
  };
}

/**
 * `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110 section 10.2.3). Undefined when absent or senseless.
 *
 * @param now The present, in ms since 1970, that a date is compared with.
 */
export function retryAfter(header: string | string[] | undefined, now: number): number | undefined {
  const value = (Array.isArray(header) ? header[0] : header)?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
