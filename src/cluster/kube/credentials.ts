/** Which of a kubeconfig user's many ways to identify itself is used, in client-go's order. */
import { readFile } from 'node:fs/promises';
import { BookendError } from '../../errors.ts';
import type { Clock } from '../clock.ts';
import { type Credential, type Credentials, fixedCredentials } from './connection.ts';
import { execCredentials } from './exec-credentials.ts';
import { badConfig, type Entry, type KubeconfigCluster, type KubeconfigUser, pem, resolvePath } from './kubeconfig-entries.ts';

/** @throws `bad-input` for halves: a certificate without its key. */
export async function credentialsOf(
  user: Entry<KubeconfigUser>,
  cluster: Entry<KubeconfigCluster>,
  clock: Clock,
): Promise<Credentials> {
  const { exec, tokenFile, token, username, password } = user.value;
  if (exec) return execCredentials(user, exec, cluster, clock);
  if (user.value['auth-provider']) return authProviderCredentials(user.value['auth-provider'], user.name);

  const [cert, key] = [
    await pem(user, 'client-certificate-data', 'client-certificate'),
    await pem(user, 'client-key-data', 'client-key'),
  ];
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'client-certificate' : 'client-key';
    throw badConfig(`User ${user.name} has no ${missing}`, `users[${user.name}].user.${missing}`);
  }
  const certificate = cert !== undefined && key !== undefined ? { certificate: { cert, key } } : {};
  if (tokenFile) return tokenFileCredentials(resolvePath(user.file, tokenFile), clock, certificate);
  if (token) return fixedCredentials({ ...certificate, authorization: `Bearer ${token}` });
  if (username) {
    const encoded = Buffer.from(`${username}:${password ?? ''}`).toString('base64');
    return fixedCredentials({ ...certificate, authorization: `Basic ${encoded}` });
  }
  return fixedCredentials(certificate);
}

type AuthProvider = { name: string; config?: Record<string, string> };

/**
 * The old `auth-provider` of a kubeconfig (OIDC and what came before exec plugins), left to @kubernetes/client-node.
 * That library takes over half a second to load, so it is loaded only here, and only when a kubeconfig asks for it.
 *
 * Refreshes an OIDC token by itself when it has expired; the library keeps it in memory and does not write it back.
 */
export function authProviderCredentials(provider: AuthProvider, user: string): Credentials {
  let library: Promise<{ authorization: () => Promise<string | undefined> }> | undefined;
  return {
    async current() {
      library ??= load(provider, user);
      const authorization = await (await library).authorization();
      return authorization ? { authorization } : {};
    },
    renew: async () => false,
  };
}

async function load(provider: AuthProvider, user: string) {
  const { KubeConfig } = await import('./client-node.ts');
  const config = new KubeConfig();
  config.loadFromString(
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'only',
      contexts: [{ name: 'only', context: { cluster: 'only', user } }],
      // Never connected to: only the user's part of the library is used.
      clusters: [{ name: 'only', cluster: { server: 'https://localhost' } }],
      users: [{ name: user, user: { 'auth-provider': provider } }],
    }),
  );
  return {
    async authorization(): Promise<string | undefined> {
      const options: { headers?: Record<string, unknown> } = {};
      try {
        await config.applyToHTTPSOptions(options as Parameters<typeof config.applyToHTTPSOptions>[0]);
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new BookendError('unauthorized', `The auth provider ${provider.name} of user ${user} failed: ${why}`, { cause });
      }
      const header = options.headers?.Authorization;
      return typeof header === 'string' ? header : undefined;
    },
  };
}

/**
 * The file is looked at again when what was read is older than this (ms). client-go waits a minute; reading costs
 * nothing.
 */
const freshFor = 10_000;

/**
 * A token in a file that is replaced from time to time: the kubelet renews the token of a Pod's ServiceAccount well
 * before its hour is over, and a program that read it only once would be locked out.
 *
 * @param beside What is presented together with the token.
 */
export function tokenFileCredentials(file: string, clock: Clock, beside: Credential = {}): Credentials {
  let token: string | undefined;
  let readAt = 0;

  const load = async () => {
    try {
      token = (await readFile(file, 'utf8')).trim();
    } catch (cause) {
      // While the file is being replaced the last token is better than none.
      if (token === undefined) throw new BookendError('bad-input', `The token file ${file} cannot be read`, { cause });
    }
    readAt = clock.now();
  };

  return {
    async current() {
      if (token === undefined || clock.now() - readAt >= freshFor) await load();
      return { ...beside, authorization: `Bearer ${token}` };
    },
    async renew() {
      const refused = token;
      await load();
      return token !== refused;
    },
  };
}
