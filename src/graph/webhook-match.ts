/**
 * Whether the API server would ask a webhook about a request, as far as its rules and selectors tell
 * (`pkg/admission/plugin/webhook/predicates`). Its `matchConditions` are left out: what may be asked counts as asked.
 */
import { fieldAt, listOf, textOf, textsOf } from '../objects/fields.ts';
import { selects } from '../objects/selectors.ts';

/** What the request is about, and the labels that its object has. */
export type Requested = {
  group: string;
  resource: string;
  namespace: string | undefined;
  labels: Readonly<Record<string, string>>;
  /** The labels of its Namespace, or of itself where it is one; absent where no `namespaceSelector` applies. */
  namespaceLabels?: Readonly<Record<string, string>>;
};

/** True when one of these operations on it is one that the webhook is asked about. */
export function isAskedAbout(webhook: unknown, requested: Requested, operations: readonly string[]): boolean {
  const objectSelector = fieldAt(webhook, 'objectSelector');
  const namespaceSelector = fieldAt(webhook, 'namespaceSelector');
  const { labels, namespaceLabels } = requested;
  return (
    (objectSelector === undefined || selects(objectSelector, labels)) &&
    (namespaceSelector === undefined || namespaceLabels === undefined || selects(namespaceSelector, namespaceLabels)) &&
    listOf(fieldAt(webhook, 'rules')).some((rule) => covers(rule, requested, operations))
  );
}

function covers(rule: unknown, { group, resource, namespace }: Requested, operations: readonly string[]): boolean {
  const has = (field: string, values: readonly string[]) => {
    const given = textsOf(fieldAt(rule, field));
    return given.includes('*') || values.some((value) => given.includes(value));
  };
  const scope = textOf(fieldAt(rule, 'scope')) ?? '*';
  if (scope !== '*' && (scope === 'Namespaced') !== (namespace !== undefined)) return false;
  const resources = textsOf(fieldAt(rule, 'resources'));
  const isNamed = resources.some((each) => ['*', '*/*', resource, `${resource}/*`].includes(each));
  return isNamed && has('apiGroups', [group]) && has('operations', operations);
}
