/**
 * What an install must know of admission webhooks beyond the order of deletion.
 *
 * A webhook that is not there yet judges nothing and sets no defaults: an object that it would have seen is created
 * unseen, past its quota or with the wrong fields. So whatever a webhook of the same set judges waits for its
 * configuration and its backend; only what the backend itself needs cannot.
 *
 * A configuration waits until its backend is ready, since it blocks requests before. But some backends are ready only
 * once they have written their own CA into the configuration (gatekeeper, kueue: cert-controller's rotator). Those get
 * it first, as with Helm and kubectl, which wait for nothing.
 */
import type { Graph, World } from '../graph/edge.ts';
import { resourceOf } from '../graph/rules/resource-of.ts';
import { grantedByBindings } from '../graph/rules/role.ts';
import { subjectsOf } from '../graph/rules/role-binding.ts';
import { isAskedAbout } from '../graph/webhook-match.ts';
import { makeWorld } from '../graph/world.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { groupOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';

const registration = 'admissionregistration.k8s.io';
const kinds = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

/** Changes for each object what must be ready before it is applied. */
export function webhooksFirst(graph: Graph, dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): void {
  const configurations = [...graph.objects].filter(
    ([, { apiVersion, kind }]) => groupOf(apiVersion) === registration && kinds.includes(kind),
  );
  if (configurations.length === 0) return;
  const world = makeWorld([...graph.objects.values()]);
  const serversOf = Map.groupBy(
    graph.edges.filter(({ rule }) => rule === 'webhook'),
    ({ from }) => from,
  );
  for (const [id, configuration] of configurations) {
    const servers = (serversOf.get(id) ?? []).map(({ to }) => to).filter((server) => graph.objects.has(server));
    if (servers.length === 0) continue;
    if (writesItself(configuration, servers, world)) giveFirst(id, servers, world, dependencies);
    beforeJobs(configuration, world, dependencies);
    for (const judged of judgedBy(
      configuration,
      needed([id, ...servers, ...certificatesOf(servers, world)], dependencies),
      world,
    )) {
      for (const need of [id, ...servers]) dependencies.get(judged)?.add(need);
    }
  }
}

/** @param before what must be there before the configuration and its backend are */
function judgedBy(configuration: KubernetesObject, before: ReadonlySet<ObjectId>, world: World): ObjectId[] {
  const webhooks = listOf(configuration.webhooks);
  return world.objects
    .filter((object) => !before.has(world.idOf(object)) && webhooks.some((webhook) => judges(webhook, object, world)))
    .map((object) => world.idOf(object));
}

function giveFirst(
  configuration: ObjectId,
  servers: readonly ObjectId[],
  world: World,
  dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>,
): void {
  for (const server of servers) dependencies.get(configuration)?.delete(server);
  const before = needed([configuration], dependencies);
  const workloads = new Set(world.workloads.map(({ id }) => id));
  for (const server of servers) {
    if (workloads.has(server) && !before.has(server)) dependencies.get(server)?.add(configuration);
  }
}

/** A Job that writes the CA into the configuration (ingress-nginx has one) fails for good while there is none. */
function beforeJobs(configuration: KubernetesObject, world: World, dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): void {
  if (isComplete(configuration)) return;
  const id = world.idOf(configuration);
  const before = needed([id], dependencies);
  for (const object of world.ofKind('batch', 'Job')) {
    const job = world.idOf(object);
    if (!before.has(job) && mayWrite(job, configuration, world, 'named')) dependencies.get(job)?.add(id);
  }
}

/**
 * What makes the Secrets that the backend mounts, as cert-manager's Certificate does: its Pods start only then, though
 * no object of theirs names it.
 */
function certificatesOf(servers: readonly ObjectId[], world: World): ObjectId[] {
  return world.workloads
    .filter(({ id }) => servers.includes(id))
    .flatMap(({ podSpec, namespace }) => {
      const mounted = new Set(listOf(podSpec.volumes).flatMap((volume) => textOf(fieldAt(volume, 'secret', 'secretName')) ?? []));
      return world
        .inNamespace(namespace)
        .filter((object) => mounted.has(textOf(fieldAt(object, 'spec', 'secretName')) ?? ''))
        .map((object) => world.idOf(object));
    });
}

/** These, and all that must be ready before them. */
function needed(roots: readonly ObjectId[], dependencies: ReadonlyMap<ObjectId, Set<ObjectId>>): Set<ObjectId> {
  const found = new Set(roots);
  for (const id of found) for (const need of dependencies.get(id) ?? []) found.add(need);
  return found;
}

/** True when nobody but the backend can put the CA into the configuration. */
function writesItself(configuration: KubernetesObject, servers: readonly ObjectId[], world: World): boolean {
  return !isComplete(configuration) && servers.some((server) => mayWrite(server, configuration, world));
}

/** It has its CA, or somebody else brings it. */
function isComplete({ webhooks, metadata }: KubernetesObject): boolean {
  const hasCa = listOf(webhooks).every((webhook) => textOf(fieldAt(webhook, 'clientConfig', 'caBundle')));
  return hasCa || Object.keys(metadata.annotations ?? {}).some((name) => injectors.test(name));
}

/** cert-manager and OpenShift's service CA operator put the CA into what carries their annotations. */
const injectors = /^(cert-manager\.io\/inject-|service\.(beta|alpha)\.openshift\.io\/inject-cabundle)/;

/** @param group `named`: a right to everything does not count */
function mayWrite(workload: ObjectId, configuration: KubernetesObject, world: World, group?: 'named'): boolean {
  const resource = `${configuration.kind.toLowerCase()}s`;
  const covers = (values: readonly string[], value: string) => values.includes('*') || values.includes(value);
  return grantedByBindings(world).some(
    ({ binding, granted }) =>
      binding.metadata.namespace === undefined &&
      granted.some(
        ({ rule }) =>
          (group === 'named' ? rule.apiGroups.includes(registration) : covers(rule.apiGroups, registration)) &&
          covers(rule.resources, resource) &&
          (covers(rule.verbs, 'update') || rule.verbs.includes('patch')) &&
          (rule.resourceNames.length === 0 || rule.resourceNames.includes(configuration.metadata.name)),
      ) &&
      subjectsOf(binding, world).some((subject) => !subject.group && subject.workloads.some(({ id }) => id === workload)),
  );
}

/** Whether the API server would ask the webhook about the creation of the object, or of its Pods. */
function judges(webhook: unknown, object: KubernetesObject, world: World): boolean {
  // The API server asks no webhook about these (`pkg/admission/plugin/webhook/rules`), or nobody could mend them.
  if (groupOf(object.apiVersion) === registration) return false;
  const { namespace, labels } = object.metadata;
  const { group, resource } = resourceOf(object, world);
  const home = object.kind === 'Namespace' ? object.metadata.name : namespace;
  const around = { namespace, ...(home !== undefined && { namespaceLabels: labelsOfNamespace(home, world) }) };
  const own = { group, resource, ...around, labels: labels ?? {} };
  const template = object.kind === 'Pod' ? undefined : podTemplateOf(object);
  const pods = template && { group: '', resource: 'pods', ...around, labels: template.labels };
  return [own, ...(pods ? [pods] : [])].some((made) => isAskedAbout(webhook, made, ['CREATE']));
}

/** As the API server sets one of them on each Namespace. */
function labelsOfNamespace(name: string, world: World): Record<string, string> {
  const object = world.ofKind('', 'Namespace').find(({ metadata }) => metadata.name === name);
  return { ...object?.metadata.labels, 'kubernetes.io/metadata.name': name };
}
