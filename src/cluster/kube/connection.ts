/** Everything that is needed to reach one API server and be recognised there, wherever it was read from. */
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
