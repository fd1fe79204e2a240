/**
 * In which namespaces something lives that an uninstall could touch or depend on: where its objects and custom resources are, where the Pods run that
 * answer for webhooks, conversions and API services, and where somebody holds a right to its kinds or one of its roles.
 */
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { groupOf, idOf, makeId, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Where the backends of everything are that is called at requests. */
export function backendNamespaces(live: readonly KubernetesObject[]): string[] {
  return live.flatMap((object) =>
    [
      ...listOf(object.webhooks).map((webhook) => fieldAt(webhook, 'clientConfig', 'service', 'namespace')),
      object.kind === 'APIService' ? fieldAt(object, 'spec', 'service', 'namespace') : undefined,
      isCrd(object) ? fieldAt(object, 'spec', 'conversion', 'webhook', 'clientConfig', 'service', 'namespace') : undefined,
    ].flatMap((namespace) => textOf(namespace) ?? []),
  );
}

/** Where the accounts are that hold one of the given roles, or rights to one of these groups. */
export function holderNamespaces(
  given: readonly KubernetesObject[],
  live: readonly KubernetesObject[],
  groups: ReadonlySet<string>,
): string[] {
  const telling = new Set<ObjectId>([...given, ...live].filter((object) => isRole(object) && reaches(object, groups)).map(idOf));
  for (const role of given.filter(isRole)) telling.add(idOf(role));
  return live.flatMap((binding) => {
    const name = textOf(fieldAt(binding, 'roleRef', 'name'));
    if (groupOf(binding.apiVersion) !== rbac || name === undefined) return [];
    const isCluster = fieldAt(binding, 'roleRef', 'kind') === 'ClusterRole';
    const role = makeId(rbac, isCluster ? 'ClusterRole' : 'Role', isCluster ? undefined : binding.metadata.namespace, name);
    return telling.has(role) ? accountNamespaces(binding) : [];
  });
}

function isRole({ apiVersion, kind }: KubernetesObject): boolean {
  return groupOf(apiVersion) === rbac && (kind === 'Role' || kind === 'ClusterRole');
}

/** Aggregated roles have their rules filled in by a controller when they live. */
function reaches(role: KubernetesObject, groups: ReadonlySet<string>): boolean {
  return listOf(role.rules).some((rule) =>
    textsOf(fieldAt(rule, 'apiGroups')).some((group) => group === '*' || groups.has(group)),
  );
}

function accountNamespaces(binding: KubernetesObject): string[] {
  return listOf(binding.subjects).flatMap((subject) => {
    if (fieldAt(subject, 'kind') === 'ServiceAccount')
      return textOf(fieldAt(subject, 'namespace')) ?? binding.metadata.namespace ?? [];
    return /^system:serviceaccount:([^:]+):/.exec(textOf(fieldAt(subject, 'name')) ?? '')?.[1] ?? [];
  });
}
