/** Reads the input of a plan: manifests, a chart, a release, a namespace, or a whole cluster. */
import type { Component } from '../../graph/edge.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { normalise } from '../../objects/scopes.ts';
import type { YamlDocument } from '../../objects/yaml.ts';
import { hasName, type Sourced, withoutName } from '../../reading/manifests.ts';
import type { Invocation } from '../invocation.ts';
import { manifestsOf } from '../reading/files-of.ts';
import { progressOn, readingOn } from '../reading/progress.ts';
import { readOffline } from '../reading/read-subject.ts';
import { refusal } from '../reading/source.ts';
import { keepYoungGenerationSmall } from '../young-generation.ts';
import { expand } from './expand.ts';
import type { PlanFlags, PlanRequest } from './request.ts';

export type Whole = {
  /** What is to go. */
  given: KubernetesObject[];
  /** In which components, where ClusterOperators are among it. */
  components: Component[];
  /** Everything else that was read. */
  around: KubernetesObject[];
  /** Of what is around: what stays whatever happens, with the reason. */
  stays: ReadonlyMap<ObjectId, string>;
  /** Read from a cluster. */
  live: boolean;
  /** What could not be looked at, in words. */
  notSeen: string[];
  /** What a person should know of it, each a sentence. */
  notes: string[];
};

/**
 * @throws BookendError `bad-input`, naming file and line; `not-found`, `forbidden`, `throttled`, `unreachable` as the
 * cluster answers
 */
export async function readWhole({ source, live, format }: PlanRequest, flags: PlanFlags, invocation: Invocation): Promise<Whole> {
  if (source.from === 'everything') return readEverything(flags, format, invocation);
  const { namespace = 'default' } = flags;
  if (live) {
    const { readLive } = await import('../reading/read-live.ts');
    return wholeOf(await readLive(source, flags, format, invocation, { references: true }), namespace, true);
  }
  if (source.from === 'chart') return wholeOf(await readOffline(source, flags, invocation), namespace, false);
  const { files, recursive } = source as Extract<PlanRequest['source'], { from: 'files' }>;
  const all = await manifestsOf(files, recursive, invocation.readInput);
  const [documents, unnamed] = apart(all);
  refuseDuplicates(documents, namespace);
  const { objects, components } = expand(
    documents.map(({ object }) => object),
    namespace,
  );
  const notSeen = unnamed.map(({ object, ...origin }) => withoutName(object, origin));
  return { given: objects, components, around: [], stays: new Map(), live: false, notSeen, notes: [] };
}

/** What has a name, and what has `generateName`. A List needs none. */
function apart(documents: readonly YamlDocument[]): [YamlDocument[], YamlDocument[]] {
  const isNamed = ({ object }: YamlDocument) => hasName(object) || object.kind.endsWith('List');
  return [documents.filter(isNamed), documents.filter((each) => !isNamed(each))];
}

/** @throws BookendError `bad-input` with both places, which the graph does not know */
function refuseDuplicates(documents: readonly YamlDocument[], defaultNamespace: string): void {
  const places = new Map<ObjectId, string>();
  for (const { object, file, line } of documents) {
    const place = `${file}:${line}`;
    for (const id of normalise([object], { defaultNamespace }).map(idOf)) {
      const before = places.get(id);
      if (before !== undefined)
        throw refusal(place, `${describeId(id)} is given twice: ${before} and ${place}`, 'Remove one of the two.');
      places.set(id, place);
    }
  }
}

async function readEverything(flags: PlanFlags, format: string, invocation: Invocation): Promise<Whole> {
  const { everythingIn } = await import('../../reading/namespace.ts');
  const progress = progressOn(invocation, format);
  const { cluster } = await invocation.connect(flags);
  try {
    progress.at('Reading the cluster …');
    keepYoungGenerationSmall();
    const { objects, notSeen } = await everythingIn(cluster, { onRead: readingOn(progress) });
    return { given: objects, components: [], around: [], stays: new Map(), live: true, notSeen, notes: [] };
  } finally {
    progress.end();
    await cluster.close();
  }
}

/** Objects as they live, where they do: only those have owners and UIDs. */
function wholeOf({ subject, notes }: Sourced, namespace: string, live: boolean): Whole {
  const { objects, components } = expand(
    subject.objects.map(({ object }) => object),
    namespace,
  );
  const crds = subject.crds.map(({ object }) => object);
  const living = new Map(subject.surroundings.objects.map((object) => [idOf(object), object]));
  const given = objects.map((object) => living.get(idOf(object)) ?? object);
  const known = new Set(given.map(idOf));
  const around = new Map([...crds, ...living.values()].map((object) => [idOf(object), object]));
  const hooks = subject.hooks.map(({ object }) => describeId(idOf(object)));
  return {
    given,
    components,
    around: [...around.values()].filter((object) => !known.has(idOf(object))),
    stays: new Map(crds.map((crd) => [idOf(crd), 'of crds/, which Helm never deletes'])),
    live,
    notSeen: [...subject.surroundings.notSeen],
    notes: [
      ...notes,
      ...(hooks.length > 0 ? [`the plan does not contain hooks (${hooks.join(', ')}); see bookend preview`] : []),
    ],
  };
}
