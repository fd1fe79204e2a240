/**
 * ValidatingAdmissionPolicies that would reject the deletion of an object, or the update that removes its finalizer.
 * Their CEL is evaluated with what was read. If the answer depends on something unknown, the policy is listed with it,
 * and the object does not count as stuck.
 */

import type { Verdict } from '../admission/trial.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { attemptOf, type Operation } from './attempts.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { policyRemedies, refusals } from './refusals.ts';

export function refusingPolicies(object: KubernetesObject, operation: Operation, context: WhyContext): Blocker[] {
  const verdicts = context.trial.policiesAgainst(attemptOf(object, operation, context));
  if (verdicts.length === 0) return [];
  // What a policy has said already is told in its own words.
  const told = refusals(object, context).map(({ says }) => says);
  return verdicts
    .filter(({ policy }) => !told.some((says) => says.startsWith(`${nameOf(policy)} `)))
    .map((verdict) => blockerOf(verdict, operation, context));
}

function blockerOf({ policy, binding, outcome, message, unknown }: Verdict, operation: Operation, context: WhyContext): Blocker {
  const what = operation === 'UPDATE' ? 'the removal of finalizers (an UPDATE)' : 'the deletion';
  const words = message === '' ? '' : `: ${message}`;
  const doubt = unknown === undefined ? '' : `; ${unknown}`;
  return {
    kind: 'refusal',
    says: `${nameOf(policy)} ${outcome === 'refuses' ? 'refuses' : 'may refuse'} ${what}${words}${doubt}`,
    object: refOf(policy),
    stuck: outcome === 'refuses',
    evidence: [
      { object: nameOf(policy), field: 'spec.validations', says: 'evaluated with what was read; nothing was sent' },
      {
        object: nameOf(binding),
        field: 'spec.validationActions',
        value: 'Deny',
        says: 'the API server rejects what the policy refuses',
      },
    ],
    remedies: policyRemedies(policy.metadata.name, binding.metadata.name, context),
    because: [],
  };
}
