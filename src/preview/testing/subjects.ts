/** Subjects for tests, from a few lines of YAML or from a cluster in which they were installed before. */
import { makeSimulatedCluster, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { normalise } from '../../objects/scopes.ts';
import { readYaml } from '../../objects/yaml.ts';
import type { Given, Subject } from '../../reading/subject.ts';
import type { Scenario } from '../../uninstall/scenario.ts';

const home = 'shop';

export const helm4: Scenario = { tool: 'helm4', wait: false, hooks: true, timeoutMs: 300_000, seed: 7 };

/** A chart's manifest: objects with `helm.sh/hook` are its hooks. */
export function chart(yaml: string, more: { name?: string; crds?: string; around?: readonly KubernetesObject[] } = {}): Subject {
  const all = manifests(yaml);
  return {
    from: 'chart',
    name: more.name ?? home,
    namespace: home,
    objects: all.filter((given) => !isHook(given)),
    hooks: all.filter(isHook),
    crds: more.crds === undefined ? [] : manifests(more.crds),
    surroundings: { from: 'supposed', objects: [...(more.around ?? [])], notSeen: [] },
  };
}

/** The same chart as a release in a live cluster, in which `around` exists too and everything runs. */
export async function release(
  subject: Subject,
  around: (simulated: SimulatedCluster) => Promise<void> | void = () => undefined,
): Promise<Subject> {
  const simulated = makeSimulatedCluster({ seed: 3 });
  const { cluster } = simulated;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: subject.namespace } });
  await simulated.settle();
  const given = [...subject.crds, ...subject.objects].map(({ object }) => object);
  const rank = ({ kind }: KubernetesObject) => (kind === 'Namespace' ? 0 : kind === 'CustomResourceDefinition' ? 1 : 2);
  for (const wanted of [0, 1, 2]) {
    for (const object of given) if (rank(object) === wanted) await cluster.create(object);
    await simulated.settle(3_000);
  }
  await around(simulated);
  await simulated.settle(3_000);
  const objects = simulated.server.kinds.listable().flatMap(({ key }) => simulated.server.store.all(key));
  return {
    ...subject,
    from: 'release',
    surroundings: { from: 'cluster', version: 'v1.37.2', notSeen: [], objects: objects.filter(({ kind }) => kind !== 'Event') },
  };
}

export function manifests(yaml: string, namespace = home): Given[] {
  const documents = readYaml(yaml, 'test.yaml');
  const objects = normalise(
    documents.map(({ object }) => object),
    { defaultNamespace: namespace },
  );
  return objects.map((object, index) => ({ object, origin: { file: 'test.yaml', line: documents[index]?.line ?? 1 } }));
}

function isHook({ object }: Given): boolean {
  return object.metadata.annotations?.['helm.sh/hook'] !== undefined;
}
