/** The two shapes in which an API server describes its kinds, as ours. Pure. */
import type { KindInfo } from '../port.ts';

/** One version of a group, the most preferred version of each group first. */
export type GroupVersion = {
  apiVersion: string;
  kinds: KindInfo[];
  /** False: an aggregated API server that does not answer; `kinds` may then lack some or all. */
  answers: boolean;
};

/** `APIGroupDiscoveryList` (apidiscovery.k8s.io/v2), or undefined when the body is something else. */
export function groupVersionsOf(body: unknown): GroupVersion[] | undefined {
  const list = body as { kind?: string; items?: DiscoveredGroup[] };
  if (list.kind !== 'APIGroupDiscoveryList') return undefined;
  return (list.items ?? []).flatMap(({ metadata, versions }) => {
    const group = metadata?.name ?? '';
    return (versions ?? []).map(({ version, freshness, resources }) => ({
      apiVersion: apiVersionOf(group, version),
      answers: freshness !== 'Stale',
      kinds: (resources ?? []).flatMap((resource) => kindOfDiscovered(group, version, resource)),
    }));
  });
}

/** `APIResourceList` (meta/v1), in which `pods/status` stands beside `pods`. */
export function kindsOfResourceList(body: unknown): KindInfo[] {
  const { groupVersion = '', resources = [] } = body as { groupVersion?: string; resources?: ListedResource[] };
  const slash = groupVersion.indexOf('/');
  const [group, version] = slash < 0 ? ['', groupVersion] : [groupVersion.slice(0, slash), groupVersion.slice(slash + 1)];
  const subresources = Map.groupBy(
    resources.filter(({ name }) => name.includes('/')),
    ({ name }) => name.slice(0, name.indexOf('/')),
  );
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs, shortNames, categories }) => ({
      apiVersion: groupVersion,
      group,
      version,
      kind,
      resource: name,
      namespaced,
      verbs,
      subresources: (subresources.get(name) ?? []).map((each) => each.name.slice(name.length + 1)),
      shortNames: shortNames ?? [],
      categories: categories ?? [],
    }));
}

function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}

function kindOfDiscovered(group: string, version: string, discovered: DiscoveredResource): KindInfo[] {
  const { resource, responseKind, scope, verbs, shortNames, categories, subresources } = discovered;
  // A resource that has nothing but subresources has no kind of its own.
  if (!responseKind?.kind) return [];
  return [
    {
      apiVersion: apiVersionOf(group, version),
      group,
      version,
      kind: responseKind.kind,
      resource,
      namespaced: scope === 'Namespaced',
      verbs: verbs ?? [],
      subresources: (subresources ?? []).map((each) => each.subresource),
      shortNames: shortNames ?? [],
      categories: categories ?? [],
    },
  ];
}

type DiscoveredGroup = {
  metadata?: { name?: string };
  versions?: { version: string; freshness?: string; resources?: DiscoveredResource[] }[];
};

type DiscoveredResource = {
  resource: string;
  responseKind?: { kind?: string };
  scope?: string;
  verbs?: string[];
  shortNames?: string[];
  categories?: string[];
  subresources?: { subresource: string }[];
};

type ListedResource = {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
};
