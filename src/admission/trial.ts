/**
 * What admission would say to a request that nobody sends: the policies and conditions of webhooks that were read are
 * evaluated as the simulated API server evaluates them. Pure, and careful: what rests on something that is not known
 * here (who asks, the whole object, parameters, a function of CEL that is missing) is told as such and never claimed.
 */
import type { AdmissionRequest } from '../cluster/simulated/api/admission.ts';
import type { ApiServer } from '../cluster/simulated/api/api-server.ts';
import { tooCostly } from '../cluster/simulated/api/cel/budget.ts';
import { conditionsHold } from '../cluster/simulated/api/gates/conditions.ts';
import { exempt, matchesResources } from '../cluster/simulated/api/gates/matching.ts';
import { policyJudge } from '../cluster/simulated/api/gates/policies.ts';
import { variablesOf } from '../cluster/simulated/api/gates/variables.ts';
import type { Stored } from '../cluster/simulated/api/store.ts';
import { fieldAt, textsOf } from '../objects/fields.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Attempt, TrialParts } from './attempt.ts';
import { requestOf, serverOf } from './request.ts';
import { unknownOf } from './unknown.ts';

export type Verdict = {
  policy: KubernetesObject;
  binding: KubernetesObject;
  /** refuses: as far as it was read there is no doubt. may-refuse: it depends on `unknown`. */
  outcome: 'refuses' | 'may-refuse';
  /** What the policy would answer. */
  message: string;
  unknown?: string;
};

export interface Trial {
  /** Policies that refuse the request, or may. Those that let it pass are not in it. */
  policiesAgainst(attempt: Attempt): Verdict[];
  /** Whether the matchConditions of a webhook hold. */
  conditionsOf(webhook: unknown, attempt: Attempt): boolean | 'unknown';
}

const registration = 'admissionregistration.k8s.io';

export function trialOf(parts: TrialParts): Trial {
  let server: ApiServer | undefined;
  const made = () => {
    server ??= serverOf(parts);
    return server;
  };
  return {
    policiesAgainst(attempt) {
      const policies = parts.objects.filter((object) => isRegistration(object, 'ValidatingAdmissionPolicy'));
      if (policies.length === 0) return [];
      const request = requestOf(made(), attempt);
      if (exempt(request.kind)) return [];
      return policies.flatMap((policy) => verdictsOf(policy, request, attempt, made(), parts));
    },
    conditionsOf(webhook, attempt) {
      const conditions = fieldAt(webhook, 'matchConditions');
      if (!Array.isArray(conditions) || conditions.length === 0) return true;
      const request = requestOf(made(), attempt);
      const holds = conditionsHold(webhook, () => variablesOf(request, made().store, made().authorizer));
      if (typeof holds !== 'boolean') return 'unknown';
      return unknownOf(webhook, attempt) === undefined ? holds : 'unknown';
    },
  };
}

function verdictsOf(
  policy: KubernetesObject,
  request: AdmissionRequest,
  attempt: Attempt,
  { store, kinds, authorizer }: ApiServer,
  { objects, unreadParams }: TrialParts,
): Verdict[] {
  if (!matchesResources(fieldAt(policy.spec, 'matchConstraints'), request, store)) return [];
  const judge = policyJudge({ store, kinds, authorizer });
  const bindings = objects.filter(
    (object) =>
      isRegistration(object, 'ValidatingAdmissionPolicyBinding') &&
      fieldAt(object.spec, 'policyName') === policy.metadata.name &&
      textsOf(fieldAt(object.spec, 'validationActions')).includes('Deny') &&
      matchesResources(fieldAt(object.spec, 'matchResources'), request, store),
  );
  return bindings.flatMap((binding): Verdict[] => {
    const base = { policy, binding };
    const unread = unreadParams.get(policy.metadata.name);
    if (unread !== undefined) return [{ ...base, outcome: 'may-refuse', message: '', unknown: unread }];
    const unknown = unknownOf(policy.spec, attempt);
    // What the policy reads of the object is not here: every answer would be made up.
    if (unknown === 'object') return [];
    const refusal = judge(policy as Stored, binding as Stored, request);
    if (!refusal) return [];
    const message = withoutFrame(refusal.message);
    const doubt = unknown ?? (refusal.undecided ? `its CEL is ${tooCostly}` : unevaluated(message));
    return [
      {
        ...base,
        outcome: doubt === undefined ? 'refuses' : 'may-refuse',
        message,
        ...(doubt !== undefined && { unknown: doubt }),
      },
    ];
  });
}

/** The policy's own words, without what the API server puts before them. */
function withoutFrame(message: string): string {
  return message.replace(/^.*? denied request: /s, '');
}

/** The API server knows functions that are missing here; what a field lacks it lacks there too. */
function unevaluated(message: string): string | undefined {
  if (!/resulted in error|fails to evaluate|failed to configure/.test(message) || /no such key/.test(message)) return undefined;
  return 'its CEL cannot be evaluated here';
}

function isRegistration({ apiVersion, kind }: KubernetesObject, wanted: string): boolean {
  return kind === wanted && groupOf(apiVersion) === registration;
}
