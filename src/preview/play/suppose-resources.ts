/**
 * Custom resources and children that nobody has seen, but that an installation would have: a chart alone shows none of
 * them, and they are what its uninstall most often stumbles over. Only where rights in the chart speak for it: a
 * controller that may write `widgets` and `widgets/finalizers` puts finalizers on Widgets; one that may create
 * DaemonSets makes DaemonSets for them.
 */
import type { World } from '../../graph/edge.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import type { Server, Serving } from '../../knowledge/serving/server.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../objects/fields.ts';
import { describeId, describeRef, groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';

export type Possibility = {
  world: World;
  serving: Serving;
  rightsOf(account: string): readonly Right[];
  /** The workloads that the uninstall takes away. */
  isOurs(id: ObjectId): boolean;
  namespace: string;
};

export type Supposed = { objects: KubernetesObject[]; inWords: string[] };

/**
 * One custom resource of each kind that has none, whose controller is among ours and would hold it or make something
 * for it.
 */
export function supposeResources(crds: readonly KubernetesObject[], possibility: Possibility): Supposed {
  const { world, serving, isOurs } = possibility;
  const objects: KubernetesObject[] = [];
  const inWords: string[] = [];
  for (const crd of crds) {
    const group = textOf(fieldAt(crd.spec, 'group')) ?? '';
    const kind = textOf(fieldAt(crd.spec, 'names', 'kind')) ?? '';
    if (world.ofKind(group, kind).length > 0) continue;
    const controller = serving.controllersOf(group, kind).find(({ workload }) => isOurs(workload));
    const version = listOf(fieldAt(crd.spec, 'versions'))
      .map(mapOf)
      .find((each) => each.served !== false);
    if (controller === undefined || version === undefined) continue;
    const plural = textOf(fieldAt(crd.spec, 'names', 'plural')) ?? '';
    const holds = mayHold(group, plural, controller, possibility);
    if (!holds && childKind(controller, possibility) === undefined) continue;
    const namespaced = fieldAt(crd.spec, 'scope') !== 'Cluster';
    const { namespace = possibility.namespace } = parseId(controller.workload);
    const finalizer = `${group}/finalizer`;
    const object: KubernetesObject = {
      apiVersion: `${group}/${String(version.name)}`,
      kind,
      metadata: { name: 'supposed', ...(namespaced && { namespace }), ...(holds && { finalizers: [finalizer] }) },
      spec: {},
    };
    objects.push(object);
    const by = holds
      ? `, with a finalizer of ${describeId(controller.workload)}, which may write ${plural} and ${plural}/finalizers`
      : '';
    inWords.push(`${describeRef({ kind, ...object.metadata })} exists${by}`);
  }
  return { objects, inWords };
}

/** The workload that a custom resource's controller would make for it, if its rights name a kind of workload. */
export function supposeChildren(resource: KubernetesObject, possibility: Possibility): KubernetesObject[] {
  const controller = possibility.serving
    .controllersOf(groupOf(resource.apiVersion), resource.kind)
    .find(({ workload }) => possibility.isOurs(workload));
  const kind = controller && childKind(controller, possibility);
  if (controller === undefined || kind === undefined) return [];
  const { namespace = possibility.namespace } = parseId(controller.workload);
  const name = `${resource.metadata.name}-supposed`;
  const labels = { 'bookend.dev/supposed': name };
  const account = spareAccount(namespace, possibility);
  // Rights that nobody in the chart uses are for Pods to come; whether these use them when they stop is not to be seen.
  const lifecycle = { preStop: { httpGet: { path: '/', port: 80 } } };
  const container = { name: 'supposed', image: 'supposed', ...(account !== undefined && { lifecycle }) };
  const spec = { containers: [container], ...(account !== undefined && { serviceAccountName: account }) };
  return [
    {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name, namespace: resource.metadata.namespace ?? namespace, labels },
      spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    },
  ];
}

function accountOf(workload: ObjectId, { world }: Possibility): string {
  const { namespace = '' } = parseId(workload);
  const object = world.byId(workload);
  return `${namespace}/${(object && podTemplateOf(object)?.serviceAccount) ?? 'default'}`;
}

/** To hold an object takes writing it; `finalizers` as a subresource is named in roles by those who hold. */
function mayHold(group: string, plural: string, { workload }: Server, possibility: Possibility): boolean {
  const { namespace = '' } = parseId(workload);
  const rights = possibility.rightsOf(accountOf(workload, possibility));
  const may = (verb: string, resource: string) => allows(rights, { verb, group, resource, namespace });
  const names = rights.some(
    ({ resources, apiGroups }) =>
      resources.includes(`${plural}/finalizers`) && (apiGroups.includes(group) || apiGroups.includes('*')),
  );
  return names && (may('update', plural) || may('patch', plural));
}

/** Only kinds that a rule names: the right to everything says nothing. */
function childKind({ workload }: Server, possibility: Possibility): string | undefined {
  const rights = possibility.rightsOf(accountOf(workload, possibility));
  const [kind] = workloads.find(([, resource]) =>
    rights.some(
      ({ verbs, apiGroups, resources }) =>
        apiGroups.includes('apps') && resources.includes(resource) && (verbs.includes('create') || verbs.includes('*')),
    ),
  ) ?? [undefined];
  return kind;
}

const workloads = [
  ['DaemonSet', 'daemonsets'],
  ['StatefulSet', 'statefulsets'],
  ['Deployment', 'deployments'],
] as const;

/** An account with rights that no workload of the chart runs as: it is there for what the operator makes. */
function spareAccount(namespace: string, { world, rightsOf, isOurs }: Possibility): string | undefined {
  const accounts = world
    .ofKind('', 'ServiceAccount')
    .filter((account) => account.metadata.namespace === namespace && isOurs(world.idOf(account)))
    .map(({ metadata }) => metadata.name);
  const used = new Set(world.workloadsInNamespace(namespace).map(({ serviceAccount }) => serviceAccount));
  return accounts.find((name) => !used.has(name) && rightsOf(`${namespace}/${name}`).length > 0);
}
