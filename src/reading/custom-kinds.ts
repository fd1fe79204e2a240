/**
 * Which custom resources an uninstall concerns: those that its definitions define, those in it, those that one of its
 * workloads serves, and those that its hooks delete, wherever their definitions come from.
 */
import type { KindInfo, Query } from '../cluster/port.ts';
import { makeWorld } from '../graph/world.ts';
import { kubectlCalls } from '../knowledge/kubectl-calls.ts';
import { meansDefinitions } from '../knowledge/kubectl-line.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { scriptsOf } from '../knowledge/shell.ts';
import { groupOf, idOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { definedBy, isBuiltInGroup, isCrd } from '../objects/scopes.ts';
import { kindDefinedBy } from '../teardown/survey.ts';

/**
 * @param given what is to go, hooks and `crds/` included
 * @param live what was read so far: definitions, roles and bindings of the whole cluster
 * @returns the live definitions that matter
 */
export function definitionsOfInterest(given: readonly KubernetesObject[], live: readonly KubernetesObject[]): KubernetesObject[] {
  const ours = new Set(given.map(idOf));
  const groups = groupsOf(given);
  const named = deletedByScripts(given);
  const liveIds = new Set(live.map(idOf));
  const serving = servingOf([...given.filter((object) => !liveIds.has(idOf(object))), ...live]);
  return live.filter((object) => {
    if (!isCrd(object)) return false;
    const { group, kind } = definedBy(object);
    if (ours.has(idOf(object)) || groups.has(group) || named.has(object.metadata.name)) return true;
    const servers = serving.controllersOf(group, kind);
    return servers.some(({ workload, confidence }) => confidence !== 'possible' && ours.has(workload));
  });
}

/**
 * Names of definitions that the scripts of Pods name when they delete: `crd widgets.example.com`, and
 * `widgets.example.com` itself.
 */
function deletedByScripts(given: readonly KubernetesObject[]): Set<string> {
  const world = makeWorld(given);
  const calls = given.flatMap((object) => {
    const template = podTemplateOf(object);
    if (!template || object.metadata.annotations?.['helm.sh/hook'] === undefined) return [];
    const scripts = scriptsOf(template.spec, template.specPath, object.metadata.namespace ?? '', world);
    return scripts.flatMap(({ text }) => kubectlCalls(text)).filter(({ verb }) => verb === 'delete');
  });
  return new Set(calls.flatMap(({ types, names }) => [...types, ...(types.some(meansDefinitions) ? names : [])]));
}

/**
 * One list for each kind. Their metadata holds all that an uninstall asks of them: finalizers, owners, field managers.
 */
export function instancesOf(definitions: readonly KubernetesObject[]): Query[] {
  return definitions.flatMap((definition) => {
    const kind = kindDefinedBy(definition);
    return kind ? [{ ...kind, metadataOnly: true }] : [];
  });
}

/**
 * The same for who may not read definitions: every kind that the cluster serves of the groups that the given objects
 * are of, or define.
 */
export function instancesByGroup(given: readonly KubernetesObject[], kinds: readonly KindInfo[]): Query[] {
  const groups = groupsOf(given);
  return kinds
    .filter(({ group, verbs }) => groups.has(group) && verbs.includes('list'))
    .map(({ apiVersion, kind }) => ({ apiVersion, kind, metadataOnly: true }));
}

/** Groups of their own that objects are of, or define. Operators may define further kinds of them at run time. */
function groupsOf(objects: readonly KubernetesObject[]): Set<string> {
  const groups = objects.map((object) => (isCrd(object) ? definedBy(object).group : groupOf(object.apiVersion)));
  return new Set(groups.filter((group) => !isBuiltInGroup(group)));
}
