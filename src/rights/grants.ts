/**
 * Permissions that the API server requires besides the verb on the object: nobody may grant permissions that they do
 * not have
 * (https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping),
 * and some kinds refer to something that their author must be allowed to read or use.
 */
import { fieldAt, isMap, textOf } from '../objects/fields.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isAggregated, rbacGroup, roleOf, rulesIn } from '../objects/rbac.ts';
import type { Right, UrlRight } from './right.ts';
import type { ResourceLookup } from './rights-of.ts';

export type Granted = { rights: Right[]; urls: UrlRight[] };

/** @param objects as they are wanted, namespaces filled in */
export function grantsOf(objects: readonly KubernetesObject[], lookUp: ResourceLookup): Granted {
  const roles = objects.filter((object) => isRbac(object) && /^(Cluster)?Role$/.test(object.kind));
  const bindings = objects.filter((object) => isRbac(object) && object.kind.endsWith('RoleBinding'));
  return {
    rights: [
      ...roles.filter((role) => !isAggregated(role)).flatMap(rightsIn),
      ...roles.filter(isAggregated).map(aggregating),
      ...bindings.flatMap((binding) => bindingRights(binding, roles)),
      ...objects.flatMap((object) => parameters(object, lookUp)),
      ...objects.flatMap(attesting),
    ],
    urls: roles.flatMap(urlsIn),
  };
}

/** The rules of a role, taken apart. */
function rightsIn(role: KubernetesObject): Right[] {
  const { namespace } = role.metadata;
  return rulesIn(role).flatMap(({ verbs, apiGroups, resources, resourceNames }) =>
    verbs.flatMap((verb) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) =>
          (resourceNames.length > 0 ? resourceNames : [undefined]).map(
            (name): Right => ({
              verb,
              group,
              resource,
              ...(name && { name }),
              ...(namespace && { namespace }),
              why: 'granted',
              phases: [],
            }),
          ),
        ),
      ),
    ),
  );
}

function urlsIn(role: KubernetesObject): UrlRight[] {
  return rulesIn(role).flatMap(({ verbs, nonResourceURLs }) =>
    nonResourceURLs.flatMap((url) => verbs.map((verb): UrlRight => ({ verb, url, why: 'granted' }))),
  );
}

/** `create` knows no name when the API server asks for `escalate` (`pkg/registry/rbac/escalation_check.go`). */
function aggregating(role: KubernetesObject): Right {
  return {
    verb: 'escalate',
    group: rbacGroup,
    resource: 'clusterroles',
    why: 'aggregated',
    phases: [],
    ...(role.metadata.namespace && { namespace: role.metadata.namespace }),
  };
}

/**
 * The rights of a role that is among the objects are held anyway; others may change at any time, and are only named.
 */
function bindingRights(binding: KubernetesObject, roles: readonly KubernetesObject[]): Right[] {
  const ref = roleOf(binding);
  const { namespace } = binding.metadata;
  if (ref === undefined) return [];
  const known = roles.find(
    ({ kind, metadata }) => kind === ref.kind && metadata.name === ref.name && metadata.namespace === ref.namespace,
  );
  if (known !== undefined && !isAggregated(known)) return [];
  const resource = ref.kind === 'Role' ? 'roles' : 'clusterroles';
  return [
    { verb: 'bind', group: rbacGroup, resource, name: ref.name, ...(namespace && { namespace }), why: 'bound', phases: [] },
  ];
}

/**
 * `pkg/registry/admissionregistration/validatingadmissionpolicy/authz.go`, and its sisters for bindings and for
 * mutating policies.
 */
function parameters(object: KubernetesObject, lookUp: ResourceLookup): Right[] {
  if (groupOf(object.apiVersion) !== 'admissionregistration.k8s.io' || !object.kind.endsWith('AdmissionPolicy')) return [];
  const kind = fieldAt(object.spec, 'paramKind');
  if (!isMap(kind)) return [];
  const info = lookUp(textOf(kind.apiVersion) ?? '', textOf(kind.kind) ?? '');
  return info ? [{ verb: 'get', group: info.group, resource: info.resource, why: 'parameters', phases: [] }] : [];
}

/** Admission plug-in `ClusterTrustBundleAttest`. */
function attesting(object: KubernetesObject): Right[] {
  const name = object.kind === 'ClusterTrustBundle' ? textOf(fieldAt(object.spec, 'signerName')) : undefined;
  if (name === undefined) return [];
  return [{ verb: 'attest', group: 'certificates.k8s.io', resource: 'signers', name, why: 'attested', phases: [] }];
}

function isRbac({ apiVersion }: KubernetesObject): boolean {
  return groupOf(apiVersion) === rbacGroup;
}
