/**
 * What stays when a namespace goes, and is worse off: webhooks, aggregated APIs and conversions whose backend was in
 * it, and roles that are bound to its accounts. Deleting these is a decision about the whole cluster, so they go only
 * where a person names them. Pure.
 */
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeId, groupOf, idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { subjectsIn } from '../../objects/rbac.ts';
import { shellWord } from '../../objects/shell-quote.ts';

/** Sentences. @param going identities of what goes with the namespace */
export function outsideOf(namespace: string, surroundings: readonly KubernetesObject[], going: ReadonlySet<string>): string[] {
  return surroundings.flatMap((object) => {
    const loss = going.has(idOf(object)) ? undefined : lossOf(object, namespace);
    return loss === undefined ? [] : [`${describeId(idOf(object))} ${loss}`];
  });
}

function lossOf(object: KubernetesObject, namespace: string): string | undefined {
  const { apiVersion, kind, metadata } = object;
  const { name } = metadata;
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case 'admissionregistration.k8s.io/ValidatingWebhookConfiguration':
    case 'admissionregistration.k8s.io/MutatingWebhookConfiguration':
      return webhookLoss(object, namespace);
    case 'apiextensions.k8s.io/CustomResourceDefinition':
      if (!isIn(fieldAt(object.spec, 'conversion', 'webhook', 'clientConfig', 'service'), namespace)) return undefined;
      return 'is converted from here: its objects can then be read at the stored version alone; to uninstall it, name its release or its files first';
    case 'rbac.authorization.k8s.io/ClusterRoleBinding':
      return bindingLoss(object, namespace, `; to delete it too: ${alsoFlag('clusterrolebindings', name)}`);
    case 'rbac.authorization.k8s.io/RoleBinding':
      return bindingLoss(
        object,
        namespace,
        `; to delete it: kubectl delete rolebinding ${shellWord(name)} -n ${shellWord(metadata.namespace ?? '')}`,
      );
    default:
      return undefined;
  }
}

/** An APIService whose backend is in the namespace. */
export function isServedFrom({ apiVersion, kind, spec }: KubernetesObject, namespace: string): boolean {
  return groupOf(apiVersion) === 'apiregistration.k8s.io' && kind === 'APIService' && isIn(fieldAt(spec, 'service'), namespace);
}

function webhookLoss(object: KubernetesObject, namespace: string): string | undefined {
  const ours = listOf(object.webhooks).filter((webhook) => isIn(fieldAt(webhook, 'clientConfig', 'service'), namespace));
  if (ours.length === 0) return undefined;
  const isStrict = ours.some((webhook) => textOf(fieldAt(webhook, 'failurePolicy')) !== 'Ignore');
  const then = isStrict ? 'every request that it must answer fails' : 'requests pass without it, each after its time-out';
  const resource = `${object.kind.toLowerCase()}s`;
  return `calls a Service here: ${then}; to delete it first: ${alsoFlag(resource, object.metadata.name)}`;
}

function bindingLoss(object: KubernetesObject, namespace: string, remedy: string): string | undefined {
  const accounts = subjectsIn(object).flatMap(({ accounts: { namespace: home, name } = {} }) =>
    home === namespace ? (name ?? []) : [],
  );
  const [first] = accounts;
  if (first === undefined) return undefined;
  return `names ServiceAccount ${namespace}/${first}${accounts.length > 1 ? ` and ${accounts.length - 1} more` : ''}: who makes it again has these rights${remedy}`;
}

function isIn(service: unknown, namespace: string): boolean {
  return textOf(fieldAt(service, 'namespace')) === namespace;
}

function alsoFlag(resource: string, name: string): string {
  return `--also ${shellWord(`${resource}/${name}`)}`;
}
