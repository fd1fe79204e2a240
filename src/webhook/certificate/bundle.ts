/** The caBundle of a webhook configuration: certificates in PEM, one after the other, in base64. */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';

/**
 * The certificates that the API server trusts for this configuration's webhooks: those that all of them have.
 * Undefined when it has no webhooks.
 */
export function trustedBy(configuration: KubernetesObject): ReadonlySet<string> | undefined {
  const bundles = listOf(configuration.webhooks).map((webhook) => certificatesIn(fieldAt(webhook, 'clientConfig', 'caBundle')));
  const [first, ...others] = bundles;
  if (!first) return undefined;
  return new Set(first.filter((certificate) => others.every((other) => other.includes(certificate))));
}

/** The value of `caBundle`. */
export function bundleOf(certificates: readonly string[]): string {
  return Buffer.from(certificates.join('')).toString('base64');
}

function certificatesIn(bundle: unknown): string[] {
  const text = Buffer.from(textOf(bundle) ?? '', 'base64').toString();
  return [...text.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([found]) => `${found}\n`);
}
