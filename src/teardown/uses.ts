/**
 * What a Pod names itself: its ServiceAccount, and the ConfigMaps, Secrets and claims of its volumes, environment and
 * image pulls. Only names are read, never a value. Rules that reach further stay out: a group subject of a binding, for
 * one, names everybody.
 */
import { environment } from '../graph/rules/environment.ts';
import { imagePullSecret } from '../graph/rules/image-pull-secret.ts';
import { role, roleAggregation } from '../graph/rules/role.ts';
import { roleBinding } from '../graph/rules/role-binding.ts';
import { serviceAccount } from '../graph/rules/service-account.ts';
import { volume } from '../graph/rules/volume.ts';
import { makeWorld } from '../graph/world.ts';
import { mapOf } from '../objects/fields.ts';
import { groupOf, idOf, makeId, type ObjectId, parseId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { rbacGroup } from '../objects/rbac.ts';

/** A Pod's field that names an object. */
export type Use = { object: ObjectId; field: string };

const directRules = [serviceAccount, volume, environment, imagePullSecret];

/** Each object that the Pod names, once, with the first field that does. A Pod that has ended uses nothing. */
export function usesOf(pod: KubernetesObject): Use[] {
  if (hasEnded(pod)) return [];
  const world = makeWorld([pod]);
  const fields = new Map<ObjectId, string>();
  for (const { to, rule, evidence } of directRules.flatMap((each) => each.find(world))) {
    if (!fields.has(to)) fields.set(to, evidence[0]?.field ?? rule);
  }
  return [...fields].map(([object, field]) => ({ object, field }));
}

/** Succeeded or Failed: its containers never run again. */
function hasEnded(pod: KubernetesObject): boolean {
  const { phase } = mapOf(pod.status);
  return phase === 'Succeeded' || phase === 'Failed';
}

/**
 * For each ServiceAccount among the objects, the bindings and roles among them that give it rights: whatever runs as it
 * lives on these too.
 */
export function rightsOf(objects: readonly KubernetesObject[]): Map<ObjectId, ObjectId[]> {
  const accounts = objects.filter(({ apiVersion, kind }) => kind === 'ServiceAccount' && groupOf(apiVersion) === '');
  const rbac = objects.filter(({ apiVersion }) => groupOf(apiVersion) === rbacGroup);
  if (accounts.length === 0 || rbac.length === 0) return new Map();
  const known = new Set(rbac.map(idOf));
  const world = makeWorld([...accounts.map(podOf), ...rbac]);
  const edges = Map.groupBy(
    [roleBinding, role, roleAggregation].flatMap((rule) => rule.find(world)),
    ({ from }) => from,
  );
  return new Map(
    accounts.map((account) => {
      const found = new Set<ObjectId>();
      const toVisit = [idOf(podOf(account))];
      for (let id = toVisit.pop(); id !== undefined; id = toVisit.pop()) {
        for (const { to } of edges.get(id) ?? []) {
          if (found.has(to) || !known.has(to)) continue;
          found.add(to);
          toVisit.push(to);
        }
      }
      return [idOf(account), [...found]];
    }),
  );
}

/** A Pod that runs as the account, for the rules to read. */
function podOf({ metadata }: KubernetesObject): KubernetesObject {
  const { name, namespace } = parseId(makeId('', 'Pod', metadata.namespace, metadata.name));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(namespace && { namespace }) },
    spec: { serviceAccountName: metadata.name },
  };
}
