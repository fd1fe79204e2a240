/** The files by which people and components find the cluster and say who they are. */
import { stringify } from 'yaml';

export type KubeconfigInput = {
  /** The name of the cluster, the user and the context alike. */
  name: string;
  server: string;
  /** PEM texts; they are put into the file, so that it works from everywhere. */
  authority: string;
  certificate: string;
  key: string;
};

/** A kubeconfig with one context. It holds a private key: write it with mode 0600. */
export function kubeconfig({ name, server, authority, certificate, key }: KubeconfigInput): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': base64(authority) } }],
    users: [{ name, user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
