/** Which of a kubeconfig user's many ways to identify itself is used, in client-go's order. */
import type { Clock } from '../clock.ts';
import { authProviderCredentials } from './auth-provider.ts';
import { type Credentials, fixedCredentials } from './connection.ts';
import { execCredentials } from './exec-credentials.ts';
import { badConfig, type Entry, type KubeconfigCluster, type KubeconfigUser, pem, resolvePath } from './kubeconfig-entries.ts';
import { tokenFileCredentials } from './token-file.ts';

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
