/** Everything that is needed to reach one API server and be recognised there, wherever it was read from. */
import { BlockList, isIP } from 'node:net';
import { Agent, type Dispatcher, ProxyAgent } from 'undici';
import type { Impersonation } from '../port.ts';

export type Connection = {
  /** For messages: the context's name or the host. */
  name: string;
  /** `https://10.0.0.1:6443`, possibly with a path below which the API lies; without a slash at the end. */
  server: string;
  tls: TlsOptions;
  /** `http://`, `https://` or `socks5://`. */
  proxyUrl?: string;
  credentials: Credentials;
  /** The namespace that the context names, or `default`. */
  namespace: string;
  /** When the kubeconfig itself says `as`. */
  impersonate?: Impersonation;
};

export type TlsOptions = {
  /** PEM. Absent: the system's. */
  ca?: string;
  /** The name to expect in the server's certificate, when it is not the host's. */
  serverName?: string;
  /** False accepts any certificate. */
  verify?: boolean;
};

/** Who we are, possibly changing while we run. */
export interface Credentials {
  /** What to present now. Asked before every request: cached inside, cheap. */
  current(): Promise<Credential>;
  /** The server said 401: forget what is cached. @returns whether asking again may give something else. */
  renew(): Promise<boolean>;
}

export type Credential = {
  /** The `Authorization` header. */
  authorization?: string;
  certificate?: ClientCertificate;
};

/** PEM both. */
export type ClientCertificate = { cert: string; key: string };

/** Credentials that never change: a token from the kubeconfig, a client certificate, a password, or nothing at all. */
export function fixedCredentials(credential: Credential): Credentials {
  return { current: async () => credential, renew: async () => false };
}

export type AgentOptions = {
  /** How many short requests may be under way at the same time; more of them wait their turn. */
  connections: number;
  /** Milliseconds after which a server that says nothing is given up. */
  timeoutMs: number;
};

export type Agents = { short: Dispatcher; watches: Dispatcher };

/**
 * The connections to one API server: kept alive and shared by everything that talks to it, in two pools, since a watch
 * keeps its connection for minutes and would otherwise starve the short requests.
 *
 * HTTP/1.1 throughout. HTTP/2 was measured on a local API server (1 and 4 connections against 8 to 64 of HTTP/1.1): it
 * costs client and server the same time for each request, and puts all requests behind one TCP stream. What helps is
 * not to open connections anew.
 *
 * Opens nothing yet: connections are made when they are first needed.
 */
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

export type Environment = Record<string, string | undefined>;

/**
 * Which proxy leads to a server, where the kubeconfig has no `proxy-url`: HTTPS_PROXY unless NO_PROXY excludes the
 * host.
 *
 * @returns its URL, or undefined to go directly. Loopback is never reached through a proxy of the environment (as in
 * Go).
 */
export function proxyFromEnvironment(server: string, environment: Environment): string | undefined {
  const { protocol, hostname, port } = new URL(server);
  const variable = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = environment[variable] || environment[variable.toLowerCase()];
  if (!proxy) return undefined;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (host === 'localhost' || /^127\./.test(host) || host === '::1') return undefined;
  const excluded = (environment.NO_PROXY || environment.no_proxy || '').split(',').map((entry) => entry.trim());
  if (excluded.some((entry) => matches(entry, host, port || (protocol === 'https:' ? '443' : '80')))) return undefined;
  return /^[a-z0-9+]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

/** One entry of NO_PROXY: `*`, an address, a CIDR, `host`, `.domain`, `*.domain`, each possibly with `:port`. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '') return false;
  if (entry === '*') return true;
  if (entry.includes('/')) return inRange(entry, host);
  const withPort = /^(.+?):(\d+)$/.exec(entry);
  const onlyName = withPort && isIP(entry) !== 6 ? (withPort[1] ?? '') : entry;
  if (withPort && onlyName !== entry && withPort[2] !== port) return false;
  const name = onlyName
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/^\*(?=\.)/, '');
  const lowered = host.toLowerCase();
  if (name.startsWith('.')) return lowered.endsWith(name);
  return lowered === name || (isIP(name) === 0 && lowered.endsWith(`.${name}`));
}

function inRange(cidr: string, host: string): boolean {
  const [address = '', bits = ''] = cidr.split('/');
  const [family, hostFamily] = [isIP(address), isIP(host)];
  if (family === 0 || family !== hostFamily || !/^\d+$/.test(bits)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), type);
  return list.check(host, type);
}
