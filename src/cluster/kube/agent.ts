/**
 * The connections to one API server: kept alive and shared by everything that talks to it, in two pools, since a watch keeps its
 * connection for minutes and would otherwise starve the short requests.
 *
 * HTTP/1.1 throughout. HTTP/2 was measured on a local API server (1 and 4 connections against 8 to 64 of HTTP/1.1): it costs client and
 * server the same time for each request, and puts all requests behind one TCP stream. What helps is not to open connections anew.
 */
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { ClientCertificate, Connection } from './connection.ts';

export type AgentOptions = {
  /** How many short requests may be under way at the same time; more of them wait their turn. */
  connections: number;
  /** Milliseconds after which a server that says nothing is given up. */
  timeoutMs: number;
};

export type Agents = { short: Dispatcher; watches: Dispatcher };

/** Opens nothing yet: connections are made when they are first needed. */
export function makeAgents(connection: Connection, certificate: ClientCertificate | undefined, options: AgentOptions): Agents {
  const { connections, timeoutMs } = options;
  return {
    short: makeAgent(connection, certificate, { connections, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }),
    // A watch may be silent for long; `watch.ts` knows how long is too long.
    watches: makeAgent(connection, certificate, { headersTimeout: timeoutMs, bodyTimeout: 0 }),
  };
}

function makeAgent(connection: Connection, certificate: ClientCertificate | undefined, limits: Agent.Options): Dispatcher {
  const { ca, serverName, verify } = connection.tls;
  const tls = {
    ...(ca && { ca }),
    ...(serverName && { servername: serverName }),
    ...(verify === false && { rejectUnauthorized: false }),
    ...certificate,
    // Below the idle limit of common cloud load balancers (60 s).
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    timeout: 10_000,
    allowH2: false,
  };
  const common = { ...limits, pipelining: 1, keepAliveTimeout: 60_000, allowH2: false };
  return connection.proxyUrl
    ? new ProxyAgent({ ...common, uri: connection.proxyUrl, requestTls: tls })
    : new Agent({ ...common, connect: tls });
}
