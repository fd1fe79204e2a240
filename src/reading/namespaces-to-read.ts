/**
 * In which namespaces something lives that an uninstall could touch or depend on: where its objects and custom
 * resources are, where the Pods run that answer for webhooks, conversions and API services, and where somebody holds a
 * right to its kinds or one of its roles.
 */
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { groupOf, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { rbacGroup, roleOf, rulesIn, subjectsIn } from '../objects/rbac.ts';
import { isCrd } from '../objects/scopes.ts';

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
    const role = groupOf(binding.apiVersion) === rbacGroup ? roleOf(binding) : undefined;
    if (role === undefined || !telling.has(role.id)) return [];
    return subjectsIn(binding).flatMap(({ accounts, isGroup }) => (isGroup ? [] : accounts?.namespace || []));
  });
}

function isRole({ apiVersion, kind }: KubernetesObject): boolean {
  return groupOf(apiVersion) === rbacGroup && (kind === 'Role' || kind === 'ClusterRole');
}

/** Aggregated roles have their rules filled in by a controller when they live. */
function reaches(role: KubernetesObject, groups: ReadonlySet<string>): boolean {
  return rulesIn(role).some(({ apiGroups }) => apiGroups.some((group) => group === '*' || groups.has(group)));
}
