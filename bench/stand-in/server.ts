/**
 * An API server that answers reads of many objects, for benchmarks: aggregated discovery, pages, metadata alone,
 * namespaces, label and field selectors. It runs in the benchmark's own process, so that neither its time nor its
 * memory is that of the process which is measured; every object is written as JSON once.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FakeAnswer, type FakeRequest, FakeServer, notServed } from '../../src/cluster/kube/testing/fake-server.ts';
import type { KindInfo } from '../../src/cluster/port.ts';
import { fieldMatcher } from '../../src/cluster/simulated/api/selectors.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { labelMatcher } from '../../src/objects/selectors.ts';

export type StandIn = {
  url: string;
  /** Paths of the requests since the last call, with their queries. */
  takeRequests(): string[];
  /** A kubeconfig that leads here. @returns its path */
  kubeconfigIn(directory: string): string;
  close(): Promise<void>;
};

type Entry = { object: KubernetesObject; whole: string; metadata: string };

/** @param kinds what discovery names; the objects are of these */
export async function startStandIn(kinds: readonly KindInfo[], objects: readonly KubernetesObject[]): Promise<StandIn> {
  const server = await FakeServer.start();
  const entries = objects.map((object): Entry => {
    const { apiVersion, kind, metadata } = object;
    return { object, whole: JSON.stringify(object), metadata: JSON.stringify({ apiVersion, kind, metadata }) };
  });
  const byKind = Map.groupBy(entries, ({ object }) => `${object.apiVersion} ${object.kind}`);
  server.on('GET', '/version', { body: { gitVersion: 'v1.37.2' } });
  server.on('GET', '/api', discovery(kinds.filter(({ group }) => group === '')));
  server.on('GET', '/apis', discovery(kinds.filter(({ group }) => group !== '')));
  for (const kind of kinds) {
    const known = byKind.get(`${kind.apiVersion} ${kind.kind}`) ?? [];
    const byNamespace = Map.groupBy(known, ({ object }) => object.metadata.namespace ?? '');
    server.on('GET', pathsOf(kind), (request) => answer(request, kind, known, byNamespace));
  }
  return {
    url: server.url,
    takeRequests: () => server.requests.splice(0).map(({ path, query }) => (query.size > 0 ? `${path}?${query}` : path)),
    kubeconfigIn(directory) {
      const file = join(directory, 'kubeconfig.json');
      writeFileSync(file, JSON.stringify(kubeconfigOf(server.url)));
      return file;
    },
    close: () => server.close(),
  };
}

/** Everything of a kind, of one namespace, and one object. */
function pathsOf({ group, version, resource, namespaced }: KindInfo): RegExp {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const within = namespaced ? '(?:/namespaces/(?<namespace>[^/]+))?' : '';
  return new RegExp(`^${RegExp.escape(root)}${within}/${resource}(?:/(?<name>[^/]+))?$`);
}

function answer(request: FakeRequest, kind: KindInfo, all: Entry[], byNamespace: Map<string, Entry[]>): FakeAnswer {
  const { namespace, name } = pathsOf(kind).exec(request.path)?.groups ?? {};
  const known = namespace === undefined ? all : (byNamespace.get(namespace) ?? []);
  const form = request.headers.accept?.includes('as=PartialObjectMetadata') ? 'metadata' : 'whole';
  if (name === undefined) return page(known, request.query, form);
  const found = known.find(({ object }) => object.metadata.name === name);
  return found ? { body: found[form] } : notServed();
}

/** A token says where the next page begins. */
function page(known: Entry[], query: URLSearchParams, form: 'metadata' | 'whole'): FakeAnswer {
  const matchers = [
    labelMatcher(query.get('labelSelector') ?? undefined),
    fieldMatcher(query.get('fieldSelector') ?? undefined),
  ].filter((matcher) => matcher !== undefined);
  const matching = matchers.length === 0 ? known : known.filter(({ object }) => matchers.every((matches) => matches(object)));
  const from = Number(query.get('continue') ?? 0);
  const to = from + Number(query.get('limit') ?? matching.length);
  const more = to < matching.length ? { continue: String(to), remainingItemCount: matching.length - to } : {};
  const items = matching.slice(from, to).map((entry) => entry[form]);
  return { body: `{"metadata":${JSON.stringify({ resourceVersion: '1', ...more })},"items":[${items.join(',')}]}` };
}

function discovery(kinds: readonly KindInfo[]): FakeAnswer {
  const items = [...Map.groupBy(kinds, ({ group }) => group)].map(([group, ofGroup]) => ({
    metadata: group === '' ? {} : { name: group },
    versions: [...Map.groupBy(ofGroup, ({ version }) => version)].map(([version, ofVersion]) => ({
      version,
      freshness: 'Current',
      resources: ofVersion.map(resourceOf),
    })),
  }));
  return { body: { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items } };
}

function resourceOf({ resource, kind, namespaced, verbs, subresources, shortNames, categories }: KindInfo) {
  return {
    resource,
    responseKind: { kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    verbs,
    shortNames,
    categories,
    subresources: subresources.map((subresource) => ({ subresource })),
  };
}

function kubeconfigOf(server: string) {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'stand-in', cluster: { server } }],
    users: [{ name: 'reader', user: {} }],
    contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'reader', namespace: 'default' } }],
    'current-context': 'stand-in',
  };
}
