/**
 * ValidatingAdmissionPolicies (`pkg/admission/plugin/policy/validating`): each is evaluated once for each of its
 * bindings and each of the objects that the binding names as parameters. They need nothing running, and go on applying
 * in a terminating namespace.
 *
 * Simplified: a new policy applies at once (a real one after up to a second) and parameters are as they are now, not as
 * an informer saw them milliseconds ago; `Warn` and `Audit` show nowhere; MutatingAdmissionPolicies change nothing.
 */
import { fieldAt, isMap, textOf, textsOf } from '../../../../objects/fields.ts';
import { idOf } from '../../../../objects/identity.ts';
import { selects } from '../../../../objects/selectors.ts';
import { type Fields, mapsOf } from '../../json.ts';
import { type Admission, type AdmissionRequest, nameInMessages, type Refusal } from '../admission.ts';
import { tooCostly } from '../cel/budget.ts';
import { evaluate } from '../cel/evaluate.ts';
import type { Kind } from '../kind.ts';
import type { Kinds } from '../kinds.ts';
import type { Authorizer } from '../rbac.ts';
import type { Store, Stored } from '../store.ts';
import { conditionsHold, undecidedText } from './conditions.ts';
import { exempt, matchesResources } from './matching.ts';
import { objectValue, variablesOf } from './variables.ts';

const policyKey = 'validatingadmissionpolicies.admissionregistration.k8s.io';
const bindingKey = 'validatingadmissionpolicybindings.admissionregistration.k8s.io';

export type PolicyParts = { store: Store; kinds: Kinds; authorizer: Authorizer };

/**
 * @param parts `undecided` gets the policies of which nobody knows whether they refuse, in words; they let the request
 * pass
 */
export function policies(parts: PolicyParts & { undecided: Set<string> }): Admission {
  const { store } = parts;
  const judge = policyJudge(parts);
  return (request) => {
    if (exempt(request.kind) || store.isEmpty(policyKey)) return undefined;
    for (const [policy, binding] of boundPolicies(store, request)) {
      const refusal = judge(policy, binding, request);
      if (refusal?.undecided) parts.undecided.add(undecidedText(policy));
      else if (refusal) return refusal;
    }
    return undefined;
  };
}

/** Each policy that catches the request, with each of its bindings that does. */
function* boundPolicies(store: Store, request: AdmissionRequest): Iterable<[policy: Stored, binding: Stored]> {
  const policies = store.all(policyKey);
  const bindings = policies.length > 0 ? store.all(bindingKey) : [];
  for (const policy of policies) {
    if (!matchesResources(fieldAt(policy.spec, 'matchConstraints'), request, store)) continue;
    for (const binding of bindings) {
      if (fieldAt(binding.spec, 'policyName') !== policy.metadata.name) continue;
      if (matchesResources(fieldAt(binding.spec, 'matchResources'), request, store)) yield [policy, binding];
    }
  }
}

/** What one policy says to a request that it and one of its bindings catch. */
export function policyJudge({ store, kinds, authorizer }: PolicyParts): Judge {
  /** Kinds of parameters that were served once: their informer goes on without them, and holds nothing. */
  const watched = new Set<string>();
  return (policy, binding, request) => {
    const ignores = fieldAt(policy.spec, 'failurePolicy') === 'Ignore';
    const params = paramsOf({ store, kinds, watched }, policy, binding, request.namespace);
    if ('error' in params)
      return ignores ? undefined : denied(policy, params.ofPolicy ? undefined : binding, request, params.error);
    // Warnings and audit annotations let the request pass.
    if (!textsOf(fieldAt(binding.spec, 'validationActions')).includes('Deny')) return undefined;
    const why = firstDenial(policy, params, variablesOf(request, store, authorizer), ignores);
    return why && { ...denied(policy, binding, request, why.message, why.reason), ...(why.undecided && { undecided: true }) };
  };
}

type Judge = (policy: Stored, binding: Stored, request: AdmissionRequest) => Refusal | undefined;

type ParamSource = { store: Store; kinds: Kinds; watched: Set<string> };

/**
 * The objects to evaluate the policy with; `[undefined]`: once, without any (`generic.CollectParams`).
 * @param usual the namespace of parameters where the binding names none: that of the request
 */
function paramsOf(
  { store, kinds, watched }: ParamSource,
  policy: Stored,
  binding: Stored,
  usual: string | undefined,
): (Stored | undefined)[] | ConfigurationError {
  const paramKind = fieldAt(policy.spec, 'paramKind');
  const paramRef = fieldAt(binding.spec, 'paramRef');
  if (!isMap(paramKind)) return [undefined];
  const apiVersion = String(paramKind.apiVersion);
  const id = `${apiVersion}/${String(paramKind.kind)}`;
  const kind = kinds.find(apiVersion, String(paramKind.kind));
  if (kind === undefined && !watched.has(id)) {
    const found = `failed to find resource referenced by paramKind: '${apiVersion}, Kind=${String(paramKind.kind)}'`;
    return { error: `failed to configure policy: ${found}`, ofPolicy: true };
  }
  watched.add(id);
  return isMap(paramRef) ? chosenParams(store, kind, paramRef, usual) : [undefined];
}

/** The parameters that a binding names. */
function chosenParams(
  store: Store,
  kind: Kind | undefined,
  paramRef: Fields,
  usual: string | undefined,
): Stored[] | ConfigurationError {
  if (kind && !kind.namespaced && paramRef.namespace !== undefined)
    return badBinding('cannot use paramRef.namespace for a cluster-scoped param');
  const namespace = kind?.namespaced ? (textOf(paramRef.namespace) ?? usual) : undefined;
  if (kind?.namespaced && namespace === undefined)
    return badBinding('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources');
  const params = kind === undefined ? [] : storedParams(store, kind, namespace, paramRef);
  if (params.length === 0 && paramRef.parameterNotFoundAction === 'Deny')
    return badBinding('no params found for policy binding with `Deny` parameterNotFoundAction');
  return params;
}

function storedParams(store: Store, { key }: Kind, namespace: string | undefined, paramRef: Fields): Stored[] {
  const name = textOf(paramRef.name);
  if (name === undefined)
    return store.all(key, namespace).filter(({ metadata }) => selects(paramRef.selector, metadata.labels ?? {}));
  const param = store.get(key, namespace, name);
  return param ? [param] : [];
}

/** `ofPolicy`: whatever the binding. */
type ConfigurationError = { error: string; ofPolicy?: boolean };

function badBinding(why: string): ConfigurationError {
  return { error: `failed to configure binding: ${why}` };
}

type Denial = { message: string; reason?: string; undecided?: true };

/** What the first of the evaluations that denies the request says, one for each parameter. */
function firstDenial(
  policy: Stored,
  params: readonly (Stored | undefined)[],
  variables: Record<string, unknown>,
  ignores: boolean,
): Denial | undefined {
  for (const param of params) {
    const denial = refusalOf(policy, { ...variables, params: objectValue(param) }, ignores);
    if (denial) return denial;
  }
  return undefined;
}

/** Why one evaluation denies the request, or nothing. */
function refusalOf(policy: Stored, given: Record<string, unknown>, ignores: boolean): Denial | undefined {
  const variables = { ...given, variables: composed(policy, given) };
  const meant = conditionsHold(policy.spec, () => variables);
  if (meant === false) return undefined;
  if (meant !== true && meant.undecided) return { message: meant.error, undecided: true };
  if (meant !== true) return ignores ? undefined : { message: meant.error };
  for (const validation of mapsOf(fieldAt(policy.spec, 'validations'))) {
    const denial = denialOf(validation, variables, ignores);
    if (denial) return denial;
  }
  return undefined;
}

/** What one validation says. @param ignores whether an expression that cannot be evaluated lets the request pass */
function denialOf(validation: Fields, variables: Record<string, unknown>, ignores: boolean): Denial | undefined {
  const expression = textOf(validation.expression) ?? '';
  const outcome = evaluate(expression, variables);
  if ('error' in outcome) {
    if (outcome.error === tooCostly) return { message: `expression '${expression}': ${tooCostly}`, undecided: true };
    return ignores ? undefined : { message: `expression '${expression}' resulted in error: ${outcome.error}` };
  }
  if (outcome.value === true) return undefined;
  const reason = textOf(validation.reason);
  return { message: messageOf(validation, expression, variables), ...(reason !== undefined && { reason }) };
}

/**
 * `variables.NAME`, each evaluated when it is asked for and remembered; one that cannot be evaluated fails the
 * expression that asks.
 */
function composed(policy: Stored, given: Record<string, unknown>): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  const scope = { ...given, variables: result };
  for (const variable of mapsOf(fieldAt(policy.spec, 'variables'))) {
    Object.defineProperty(result, String(variable.name), {
      enumerable: true,
      configurable: true,
      get() {
        const outcome = evaluate(String(variable.expression), scope);
        if ('error' in outcome)
          throw new Error(`composited variable "${String(variable.name)}" fails to evaluate: ${outcome.error}`);
        Object.defineProperty(result, String(variable.name), { enumerable: true, value: outcome.value });
        return outcome.value;
      },
    });
  }
  return result;
}

function messageOf(validation: Fields, expression: string, variables: Record<string, unknown>): string {
  const messageExpression = textOf(validation.messageExpression);
  const composedMessage = messageExpression === undefined ? undefined : evaluate(messageExpression, variables);
  if (composedMessage && 'value' in composedMessage && typeof composedMessage.value === 'string') {
    const text = composedMessage.value.trim();
    if (text !== '' && !text.includes('\n')) return text;
  }
  return textOf(validation.message)?.trim() || `failed expression: ${expression.trim()}`;
}

const statusOf: Record<string, number> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413, Invalid: 422 };

function denied(
  policy: Stored,
  binding: Stored | undefined,
  request: AdmissionRequest,
  why: string,
  reason = 'Invalid',
): Refusal {
  const through = binding ? ` with binding '${binding.metadata.name}'` : '';
  const message = `ValidatingAdmissionPolicy '${policy.metadata.name}'${through} denied request: ${why}`;
  return {
    status: statusOf[reason] ?? 422,
    reason,
    message: `${request.kind.key} "${nameInMessages(request)}" is forbidden: ${message}`,
    verbatim: true,
    by: idOf(policy),
    ...(binding && { binding: idOf(binding) }),
  };
}
