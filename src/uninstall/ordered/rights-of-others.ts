/**
 * A binding among the objects may give its rights to a program that is not: an operator of another namespace, say,
 * which must still take its finalizer off a custom resource here. So such a binding goes after the custom resources
 * that it may be about. Rules of the graph see only programs among the objects.
 */
import type { Edge } from '../../graph/edge.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { groupOf, idOf, makeId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { rbacGroup } from '../../objects/rbac.ts';
import { isCustomResource } from '../../teardown/kinds.ts';

export function rightsOfOthers(objects: readonly KubernetesObject[]): Edge[] {
  const ids = new Set(objects.map(idOf));
  const instances = objects.filter(isCustomResource);
  const bindings = objects.filter(
    ({ apiVersion, kind }) => groupOf(apiVersion) === rbacGroup && (kind === 'RoleBinding' || kind === 'ClusterRoleBinding'),
  );
  return bindings
    .filter((binding) => listOf(binding.subjects).some((subject) => isElsewhere(subject, binding, ids)))
    .flatMap((binding) =>
      instances
        .filter(({ metadata }) => binding.kind === 'ClusterRoleBinding' || metadata.namespace === binding.metadata.namespace)
        .map((instance): Edge => {
          const [from, to] = [idOf(instance), idOf(binding)];
          const evidence = [{ object: to, field: 'subjects' }];
          return { from, to, rule: 'role-binding', evidence, certainty: 'inferred', orderOnly: true };
        }),
    );
}

/** An account that does not go along; users and groups stand for programs too. */
function isElsewhere(subject: unknown, { metadata }: KubernetesObject, ids: ReadonlySet<string>): boolean {
  const name = textOf(fieldAt(subject, 'name'));
  if (name === undefined || textOf(fieldAt(subject, 'kind')) !== 'ServiceAccount') return name !== undefined;
  const namespace = textOf(fieldAt(subject, 'namespace')) ?? metadata.namespace;
  // The account `default` of a namespace that goes stays until its end.
  return !ids.has(makeId('', 'ServiceAccount', namespace, name)) && namespace !== metadata.namespace;
}
