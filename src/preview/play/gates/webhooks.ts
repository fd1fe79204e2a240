/**
 * Admission webhooks whose backend does not answer: with `failurePolicy: Fail` every request that their rules catch is refused, DELETE and the removal of finalizers alike.
 * One that answers lets everything pass, since what it would say cannot be known. Webhook and policy configurations are exempt
 * (`pkg/admission/plugin/webhook/rules`).
 */
import type { ApiServer } from '../../../cluster/simulated/api-server.ts';
import type { AdmissionRequest } from '../../../cluster/simulated/index.ts';
import type { Stored } from '../../../cluster/simulated/store.ts';
import { fieldAt, listOf, textOf, textsOf } from '../../../objects/fields.ts';
import { idOf } from '../../../objects/identity.ts';
import { selects } from '../../../objects/selectors.ts';
import type { Backends } from './backend.ts';
import type { Gate } from './gate.ts';

export function webhookGate({ store }: ApiServer, backends: Backends): Gate {
  return (request) => {
    if (request.kind.group === 'admissionregistration.k8s.io') return undefined;
    for (const key of configurations) {
      for (const configuration of store.all(key)) {
        for (const webhook of listOf(configuration.webhooks)) {
          if (
            textOf(fieldAt(webhook, 'failurePolicy')) === 'Ignore' ||
            !catches(webhook, request, store.get('namespaces', undefined, request.namespace ?? ''))
          )
            continue;
          const silent = backends.silent(fieldAt(webhook, 'clientConfig', 'service'));
          if (silent !== undefined) return refusal(configuration, webhook, silent);
        }
      }
    }
    return undefined;
  };
}

const configurations = [
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
];

/**
 * Whether the webhook is called for this request. Conditions (`matchConditions`) are not evaluated; a webhook with such is taken to let the uninstall pass.
 */
export function catches(webhook: unknown, request: AdmissionRequest, home: Stored | undefined): boolean {
  return (
    listOf(fieldAt(webhook, 'matchConditions')).length === 0 &&
    listOf(fieldAt(webhook, 'rules')).some((rule) => ruleCatches(rule, request, fieldAt(webhook, 'matchPolicy') === 'Exact')) &&
    inNamespaces(fieldAt(webhook, 'namespaceSelector'), request, home) &&
    inObjects(fieldAt(webhook, 'objectSelector'), request)
  );
}

function ruleCatches(rule: unknown, { operation, kind, subresource }: AdmissionRequest, exact: boolean): boolean {
  const has = (field: string, value: string) => {
    const values = textsOf(fieldAt(rule, field));
    return values.includes('*') || values.includes(value);
  };
  const scope = textOf(fieldAt(rule, 'scope')) ?? '*';
  if (scope !== '*' && (scope === 'Namespaced') !== kind.namespaced) return false;
  // Without `Exact` requests in other versions are converted and match too.
  if (exact && !has('apiVersions', kind.version)) return false;
  return (
    has('operations', operation) &&
    has('apiGroups', kind.group) &&
    textsOf(fieldAt(rule, 'resources')).some((each) => names(each, kind.resource, subresource))
  );
}

/** `*` stands for all resources, without their subresources; `*` and `/*` together for those too. */
function names(pattern: string, resource: string, subresource: string | undefined): boolean {
  const [wanted = '', sub] = pattern.split('/');
  if (wanted !== '*' && wanted !== resource) return false;
  return subresource === undefined ? sub === undefined || sub === '*' : sub === '*' || sub === subresource;
}

/** Cluster-scoped objects are in no namespace and always match, but for Namespaces, which are judged by their own labels. */
function inNamespaces(selector: unknown, request: AdmissionRequest, home: Stored | undefined): boolean {
  if (selector === undefined) return true;
  if (request.kind.key === 'namespaces') return selects(selector, (request.object ?? request.oldObject)?.metadata.labels ?? {});
  return request.namespace === undefined || selects(selector, home?.metadata.labels ?? {});
}

/** The object before or after the change is enough. */
function inObjects(selector: unknown, { object, oldObject }: AdmissionRequest): boolean {
  if (selector === undefined) return true;
  return [object, oldObject].some((each) => each !== undefined && selects(selector, each.metadata.labels ?? {}));
}

function refusal(configuration: Stored, webhook: unknown, silent: string): NonNullable<ReturnType<Gate>> {
  const name = textOf(fieldAt(webhook, 'name')) ?? '';
  const service = fieldAt(webhook, 'clientConfig', 'service');
  const address = `https://${String(fieldAt(service, 'name'))}.${String(fieldAt(service, 'namespace'))}.svc:${String(fieldAt(service, 'port') ?? 443)}${textOf(fieldAt(service, 'path')) ?? '/'}?timeout=${String(fieldAt(webhook, 'timeoutSeconds') ?? 10)}s`;
  return {
    status: 500,
    reason: 'InternalError',
    message: `Internal error occurred: failed calling webhook "${name}": failed to call webhook: Post "${address}": ${silent}`,
    by: idOf(configuration),
    webhook: name,
  };
}
