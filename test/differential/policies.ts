/** ValidatingAdmissionPolicies for one scenario's namespace alone. */
import type { KubernetesObject } from '../../src/objects/object.ts';
import { global } from './objects.ts';

const apiVersion = 'admissionregistration.k8s.io/v1';

type PolicyOptions = {
  operations?: string[];
  group?: string;
  failurePolicy?: string;
  paramKind?: { apiVersion: string; kind: string };
  paramRef?: Record<string, unknown>;
  matchConditions?: { name: string; expression: string }[];
  variables?: { name: string; expression: string }[];
};

/** A policy and its binding, on DELETE unless another operation is named. */
export function policy(
  resource: string,
  validation: { expression: string; message?: string; messageExpression?: string; reason?: string },
  { operations = ['DELETE'], group = '', paramRef, ...spec }: PolicyOptions = {},
): KubernetesObject[] {
  const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': 'NS' } };
  return [
    global(apiVersion, 'ValidatingAdmissionPolicy', 'NS-policy', {
      spec: {
        failurePolicy: 'Fail',
        ...spec,
        matchConstraints: {
          namespaceSelector,
          resourceRules: [{ apiGroups: [group], apiVersions: ['*'], operations, resources: [resource] }],
        },
        validations: [validation],
      },
    }),
    global(apiVersion, 'ValidatingAdmissionPolicyBinding', 'NS-policy', {
      spec: { policyName: 'NS-policy', validationActions: ['Deny'], ...(paramRef && { paramRef }) },
    }),
  ];
}

export const policyBindingRef = { apiVersion, kind: 'ValidatingAdmissionPolicyBinding', name: 'NS-policy' };
export const policyRef = { apiVersion, kind: 'ValidatingAdmissionPolicy', name: 'NS-policy' };
/** A new policy applies within about a second. */
export const activation = { pass: 2_500 };
