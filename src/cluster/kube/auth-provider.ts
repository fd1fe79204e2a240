/**
 * The old `auth-provider` of a kubeconfig (OIDC and what came before exec plugins), left to @kubernetes/client-node. That library takes
 * over half a second to load, so it is loaded only here, and only when a kubeconfig asks for it.
 */
import { BookendError } from '../../errors.ts';
import type { Credentials } from './connection.ts';

type AuthProvider = { name: string; config?: Record<string, string> };

/** Refreshes an OIDC token by itself when it has expired; the library keeps it in memory and does not write it back. */
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
