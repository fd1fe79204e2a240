/**
 * Webhook configurations and policies are exempt from webhooks and policies, so that a broken one can always be removed
 * (`rules.IsExemptAdmissionConfigurationResource`).
 */
import type { Kind } from '../kind.ts';

export function exempt({ group, resource }: Kind): boolean {
  return group === 'admissionregistration.k8s.io' && resources.has(resource);
}

const resources = new Set([
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
]);
