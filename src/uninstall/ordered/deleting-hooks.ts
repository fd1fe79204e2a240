/**
 * Hooks of the uninstall that may delete custom resources which a person wants to keep. Many charts have one that
 * deletes all custom resources of their operator. What it does is known only when it runs; what it may do, before.
 */
import { makeWorld } from '../../graph/world.ts';
import { type Hook, hooksOf, runsAtUninstall } from '../../knowledge/hooks.ts';
import { allows, hasUnknownRole, rightsByAccount } from '../../knowledge/rights.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Attributes } from '../../objects/rbac.ts';
import type { UninstallContext } from '../tool.ts';

/** Those that have the permission, or an account whose permissions are not known. */
export async function deletingHooks(context: UninstallContext, kept: readonly KubernetesObject[]): Promise<Hook[]> {
  const { subject, scenario } = context;
  const hooks = scenario.hooks ? hooksOf(subject.hooks).filter((hook) => runsAtUninstall(hook) && hook.template) : [];
  if (hooks.length === 0 || kept.length === 0) return [];
  const written = [...subject.crds, ...subject.objects, ...subject.hooks].map(({ object }) => object);
  const objects = new Map([...subject.surroundings.objects, ...written].map((object) => [idOf(object), object]));
  const world = makeWorld([...objects.values()]);
  const rightsOf = rightsByAccount(world);
  const deletions = (await Promise.all(kept.map((object) => deletionsOf(context, object)))).flat();
  return hooks.filter(({ object, template }) => {
    const account = `${object.metadata.namespace ?? subject.namespace}/${template?.serviceAccount}`;
    const rights = rightsOf(account);
    return hasUnknownRole(account, world) || deletions.some((deletion) => allows(rights, deletion));
  });
}

/** Of itself, with all of its kind, and with its definition. */
async function deletionsOf({ cluster }: UninstallContext, object: KubernetesObject): Promise<Attributes[]> {
  const { name, namespace } = object.metadata;
  const info = await cluster.kind(object.apiVersion, object.kind);
  if (info === undefined) return [];
  const { group, resource } = info;
  const place = { group, resource, ...(namespace !== undefined && { namespace }) };
  const definition = { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', name: `${resource}.${group}` };
  return [
    { ...place, verb: 'delete', name },
    { ...place, verb: 'deletecollection' },
    { ...definition, verb: 'delete' },
  ];
}
