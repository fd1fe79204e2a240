/**
 * ValidatingAdmissionPolicies that would refuse the deletion of an object, or the update that removes its finalizer,
 * before anybody has tried: their CEL is evaluated with what was read. A policy whose answer depends on something that
 * is not known is named with that, and is no reason to call the object stuck.
 */

import type { Verdict } from '../admission/trial.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { attemptOf, type Operation } from './attempts.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { policyHelp, refusals } from './refusals.ts';

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
        says: 'what the policy refuses does not happen',
      },
    ],
    help: policyHelp(policy.metadata.name, binding.metadata.name, context),
    because: [],
  };
}
