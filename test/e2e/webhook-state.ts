/** What stands in the cluster of the webhook's certificates. */
import type { Cluster } from '../../src/cluster/port.ts';
import { trustedBy } from '../../src/webhook/certificate/bundle.ts';
import { operatorNamespace } from './support.ts';

export const certificateSecret = { apiVersion: 'v1', kind: 'Secret', namespace: operatorNamespace, name: 'bookend-webhook' };

export const webhookConfiguration = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'MutatingWebhookConfiguration',
  name: 'bookend-webhook',
};

/** The authorities that the API server is told to trust. */
export async function caBundle(cluster: Cluster): Promise<ReadonlySet<string>> {
  const configuration = await cluster.get(webhookConfiguration);
  return (configuration && trustedBy(configuration)) ?? new Set();
}

/** Long enough for the API server's own watch to have told it what stands in the configuration. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2_000));
}
