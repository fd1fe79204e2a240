/**
 * Admission webhooks: called for every request that their rules, selectors and conditions catch, a DELETE and the
 * removal of a finalizer alike, whoever makes it. With `failurePolicy: Fail` one that does not answer refuses the
 * request. What one answers when it does is up to its behaviour; by default it allows.
 *
 * Not simulated: changes that mutating webhooks make; a call takes no time.
 */
import { fieldAt, textOf } from '../../../../objects/fields.ts';
import { idOf } from '../../../../objects/identity.ts';
import { type Fields, mapsOf, numberOf } from '../../json.ts';
import type { Admission, AdmissionRequest, Refusal } from '../admission.ts';
import type { Authorizer } from '../rbac.ts';
import type { Store, Stored } from '../store.ts';
import { type Backends, urlOf } from './backends.ts';
import { conditionsHold, undecidedText } from './conditions.ts';
import { exempt, matchesRule, matchesSelectors } from './matching.ts';
import { variablesOf } from './variables.ts';

/** What a webhook answers while it is alive: why it refuses, or nothing. */
export type WebhookAnswer = (request: AdmissionRequest) => { message: string; status?: number; reason?: string } | undefined;

export type WebhookParts = {
  store: Store;
  authorizer: Authorizer;
  backends: Backends;
  /** Behaviours by the webhook's name. */
  answers: ReadonlyMap<string, WebhookAnswer>;
  /** Of what nobody knows whether it refuses, in words. */
  undecided: Set<string>;
};

export const mutatingKey = 'mutatingwebhookconfigurations.admissionregistration.k8s.io';
export const validatingKey = 'validatingwebhookconfigurations.admissionregistration.k8s.io';

/** The webhooks of all configurations of one of the two kinds, in the order of their names. */
export function webhooks(parts: WebhookParts, key: typeof mutatingKey | typeof validatingKey): Admission {
  const { store, authorizer } = parts;
  return (request) => {
    if (exempt(request.kind) || store.isEmpty(key)) return undefined;
    let variables: Record<string, unknown> | undefined;
    const read = () => {
      variables ??= variablesOf(request, store, authorizer);
      return variables;
    };
    for (const configuration of byName(store.all(key))) {
      for (const webhook of mapsOf(configuration.webhooks)) {
        const refusal = ask(parts, configuration, webhook, request, read);
        if (refusal) return refusal;
      }
    }
    return undefined;
  };
}

function ask(
  { store, backends, answers, undecided }: WebhookParts,
  configuration: Stored,
  webhook: Fields,
  request: AdmissionRequest,
  variables: () => Record<string, unknown>,
): Refusal | undefined {
  const exact = webhook.matchPolicy === 'Exact';
  if (!mapsOf(webhook.rules).some((rule) => matchesRule(rule, request, exact))) return undefined;
  if (!matchesSelectors(webhook, request, store)) return undefined;
  const name = textOf(webhook.name) ?? '';
  const by = { by: idOf(configuration), webhook: name };
  const ignores = webhook.failurePolicy === 'Ignore';
  const meant = conditionsHold(webhook, variables);
  if (meant === false) return undefined;
  if (meant !== true && meant.undecided) {
    undecided.add(undecidedText(configuration));
    return undefined;
  }
  if (meant !== true) return ignores ? undefined : { ...by, message: meant.error };
  const service = fieldAt(webhook, 'clientConfig', 'service');
  const failure = backends.failure(service);
  if (failure !== undefined) {
    if (ignores) return undefined;
    const url = urlOf(service, numberOf(webhook.timeoutSeconds) ?? 10);
    const message = `Internal error occurred: failed calling webhook "${name}": failed to call webhook: Post "${url}": ${failure}`;
    return { ...by, status: 500, reason: 'InternalError', message };
  }
  const answer = answers.get(name)?.(request);
  if (answer === undefined) return undefined;
  // A refusal that names no code is a bad request (`webhookerrors.ToStatusErr`).
  const { message, status = 400, reason } = answer;
  return {
    ...by,
    status,
    ...(reason !== undefined && { reason }),
    message: `admission webhook "${name}" denied the request: ${message}`,
    verbatim: true,
  };
}

/** Configurations are called in the order of their names (`configuration/*_webhook_manager.go`). */
function byName(objects: Stored[]): Stored[] {
  return objects.length < 2 ? objects : objects.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}
