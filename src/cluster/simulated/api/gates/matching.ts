/**
 * Which requests a webhook or a policy is asked about (`pkg/admission/plugin/webhook/predicates`, `policy/matching`):
 * rules and selectors, the same for both.
 */
import { fieldAt, textOf, textsOf } from '../../../../objects/fields.ts';
import { selects } from '../../../../objects/selectors.ts';
import { type Fields, mapsOf } from '../../json.ts';
import type { AdmissionRequest } from '../admission.ts';
import type { Kind } from '../kind.ts';
import type { Store } from '../store.ts';

/**
 * Rules, exceptions and selectors of a policy's `matchConstraints` or a binding's `matchResources`; absent, everything
 * matches.
 */
export function matchesResources(constraints: unknown, request: AdmissionRequest, store: Store): boolean {
  if (constraints === undefined) return true;
  if (!matchesSelectors(constraints, request, store)) return false;
  const exact = fieldAt(constraints, 'matchPolicy') === 'Exact';
  const caught = (field: string) => mapsOf(fieldAt(constraints, field)).some((rule) => matchesRule(rule, request, exact));
  const rules = mapsOf(fieldAt(constraints, 'resourceRules'));
  return (rules.length === 0 || caught('resourceRules')) && !caught('excludeResourceRules');
}

/** @param exact `matchPolicy: Exact`. Otherwise requests in other versions are converted and match too. */
export function matchesRule(rule: Fields, request: AdmissionRequest, exact: boolean): boolean {
  const { operation, kind, subresource, name, collection = false } = request;
  const has = (field: string, value: string) => {
    const values = textsOf(rule[field]);
    return values.includes('*') || values.includes(value);
  };
  const scope = textOf(rule.scope) ?? '*';
  // Namespaces count as cluster-scoped.
  if (scope !== '*' && (scope === 'Namespaced') !== kind.namespaced) return false;
  const names = textsOf(rule.resourceNames);
  if (names.length > 0 && !names.includes(collection ? '' : name)) return false;
  return (
    has('operations', operation) &&
    has('apiGroups', kind.group) &&
    (!exact || has('apiVersions', kind.version)) &&
    textsOf(rule.resources).some((pattern) => namesResource(pattern, kind.resource, subresource))
  );
}

/** `namespaceSelector` and `objectSelector`, of whatever carries them. */
export function matchesSelectors(carrier: unknown, request: AdmissionRequest, store: Store): boolean {
  return (
    inNamespaces(fieldAt(carrier, 'namespaceSelector'), request, store) &&
    selectsObject(fieldAt(carrier, 'objectSelector'), request)
  );
}

/**
 * `*` stands for all resources without their subresources, `*\/*` for all with them, `pods/*` for all subresources of
 * Pods.
 */
function namesResource(pattern: string, resource: string, subresource: string | undefined): boolean {
  const [wanted = '', sub] = pattern.split('/');
  if (wanted !== '*' && wanted !== resource) return false;
  return sub === '*' || sub === subresource;
}

/**
 * Cluster-scoped objects are in no namespace and always match, but for Namespaces, which are judged by their own
 * labels.
 */
function inNamespaces(selector: unknown, { kind, namespace, operation, object, name }: AdmissionRequest, store: Store): boolean {
  if (selector === undefined) return true;
  if (kind.key === 'namespaces') {
    const judged = operation === 'DELETE' ? store.get('namespaces', undefined, name) : object;
    return selects(selector, judged?.metadata.labels ?? {});
  }
  if (namespace === undefined) return true;
  return selects(selector, store.get('namespaces', undefined, namespace)?.metadata.labels ?? {});
}

/** The object before or after the change is enough. */
function selectsObject(selector: unknown, { object, oldObject }: AdmissionRequest): boolean {
  if (selector === undefined) return true;
  return [object, oldObject].some((each) => each !== undefined && selects(selector, each.metadata.labels ?? {}));
}

/**
 * Webhook configurations and policies are exempt from webhooks and policies, so that a broken one can always be removed
 * (`rules.IsExemptAdmissionConfigurationResource`).
 */
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
