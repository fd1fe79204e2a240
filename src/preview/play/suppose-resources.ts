/**
 * Custom resources and children that nobody has seen, but that an installation would have: a chart alone shows none of
 * them, and they are what its uninstall most often stumbles over. Only where rights in the chart speak for it: a
 * controller that may write `widgets` and `widgets/finalizers` puts finalizers on Widgets; one that may create
 * DaemonSets makes DaemonSets for them.
 */
import type { World } from '../../graph/edge.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import type { Server, Serving } from '../../knowledge/serving/server.ts';
import { fieldAt, listOf, textOf } from '../../objects/fields.ts';
import { describeId, describeRef, groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { definedBy } from '../../objects/scopes.ts';
import type { Supposed } from './suppose.ts';

export type Possibility = {
  world: World;
  serving: Serving;
  rightsOf(account: string): readonly Right[];
  /** The workloads that the uninstall takes away. */
  isOurs(id: ObjectId): boolean;
  namespace: string;
};

/**
 * One custom resource of each kind that has none, whose controller is among ours and would hold it or make something
 * for it.
 */
export function supposeResources(crds: readonly KubernetesObject[], possibility: Possibility): Supposed {
  const supposed = crds.flatMap((crd) => resourceOf(crd, possibility) ?? []);
  return { objects: supposed.map(({ object }) => object), inWords: supposed.map(({ says }) => says) };
}

function resourceOf(crd: KubernetesObject, possibility: Possibility): { object: KubernetesObject; says: string } | undefined {
  const { group, kind } = definedBy(crd);
  const controller = controllerAmongOurs(group, kind, possibility);
  const version = listOf(fieldAt(crd.spec, 'versions')).find((each) => fieldAt(each, 'served') !== false);
  if (possibility.world.ofKind(group, kind).length > 0 || controller === undefined || version === undefined) return undefined;
  const plural = textOf(fieldAt(crd.spec, 'names', 'plural')) ?? '';
  const holds = mayHold(group, plural, controller, possibility);
  if (!holds && childKind(controller, possibility) === undefined) return undefined;
  const { namespace = possibility.namespace } = parseId(controller.workload);
  const object: KubernetesObject = {
    apiVersion: `${group}/${String(fieldAt(version, 'name'))}`,
    kind,
    metadata: {
      name: 'supposed',
      ...(fieldAt(crd.spec, 'scope') !== 'Cluster' && { namespace }),
      ...(holds && { finalizers: [`${group}/finalizer`] }),
    },
    spec: {},
  };
  const by = holds
    ? `, with a finalizer of ${describeId(controller.workload)}, which may write ${plural} and ${plural}/finalizers`
    : '';
  return { object, says: `${describeRef({ kind, ...object.metadata })} exists${by}` };
}

function controllerAmongOurs(group: string, kind: string, { serving, isOurs }: Possibility): Server | undefined {
  return serving.controllersOf(group, kind).find(({ workload }) => isOurs(workload));
}

/** The workload that a custom resource's controller would make for it, if its rights name a kind of workload. */
export function supposeChildren(resource: KubernetesObject, possibility: Possibility): KubernetesObject[] {
  const controller = controllerAmongOurs(groupOf(resource.apiVersion), resource.kind, possibility);
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

/**
 * To hold an object takes writing it; `finalizers` as a subresource is named in roles by those who hold, or is among
 * all of their own group.
 */
function mayHold(group: string, plural: string, { workload }: Server, possibility: Possibility): boolean {
  const { namespace = '' } = parseId(workload);
  const rights = possibility.rightsOf(accountOf(workload, possibility));
  const may = (verb: string, resource: string) => allows(rights, { verb, group, resource, namespace });
  const names = rights.some(
    ({ resources, apiGroups }) =>
      (resources.includes(`${plural}/finalizers`) && (apiGroups.includes(group) || apiGroups.includes('*'))) ||
      ((resources.includes('*') || resources.includes('*/finalizers')) && apiGroups.includes(group)),
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
