/**
 * A namespace that goes with all that is in it: what that is now. It is read again for each look, since others may
 * create something there until the last moment.
 */
import { inTurns, listsAtOnce } from '../../cluster/in-turns.ts';
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { withoutDirectives } from '../../objects/directives.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Subject } from '../../reading/subject.ts';
import { isMadeByTheCluster } from '../../teardown/inhabitants.ts';

/**
 * The same subject with what is in the namespace now: the Namespace and what nothing else in it owns, without
 * annotations that decide anything: everybody who may write an object there can write its annotations. Empty when the
 * Namespace is gone, or another one has its name.
 *
 * @param first as it was read at the start
 * @throws BookendError `forbidden`, `unreachable`: a kind cannot be listed, so nobody knows what would go
 */
export async function namespaceNow(cluster: Cluster, first: Subject): Promise<Subject> {
  const named = first.objects.filter(({ object }) => object.metadata.namespace !== first.name);
  const home = first.objects.find(({ object }) => object.kind === 'Namespace' && object.metadata.name === first.name);
  const now = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: first.name });
  if (now === undefined || now.metadata.uid !== home?.object.metadata.uid) return { ...first, objects: [] };
  const content = await contentOf(
    cluster,
    first.name,
    named.map(({ object }) => object),
  );
  return withContent({ ...first, objects: named }, content);
}

/** The same subject, with this too, without annotations that decide anything. */
export function withContent(subject: Subject, content: readonly KubernetesObject[]): Subject {
  return { ...subject, objects: [...subject.objects, ...content.map((object) => ({ object: withoutDirectives(object) }))] };
}

/**
 * Metadata of all objects in the namespace that nothing else in it owns. Annotations are as they are.
 * @param going what goes along: an API of which the APIService goes need not answer
 */
export async function contentOf(
  cluster: Cluster,
  namespace: string,
  going: readonly KubernetesObject[] = [],
): Promise<KubernetesObject[]> {
  const { kinds, missing } = await cluster.kinds();
  const ending = new Set(going.flatMap(({ kind, metadata }) => (kind === 'APIService' ? metadata.name : [])));
  const silent = missing.find((each) => !ending.has(apiServiceOf(each)));
  if (silent !== undefined)
    throw new BookendError(
      'unreachable',
      `API group ${silent} does not answer, so its objects in namespace ${namespace} are not known`,
      {
        object: `Namespace ${namespace}`,
        advice:
          'Repair or delete the APIService of that group: a namespace with objects of such a group cannot be deleted either.',
      },
    );
  const taken = kinds.filter(({ namespaced, verbs }) => namespaced && verbs.includes('list') && verbs.includes('delete'));
  const lists = await inTurns(listsAtOnce, taken, async ({ apiVersion, kind }) => {
    try {
      const { items } = await cluster.list({ apiVersion, kind, namespace, metadataOnly: true });
      return items.map((item) => ({ ...item, apiVersion, kind }));
    } catch (error) {
      // Its definition went since discovery, and took its objects along.
      if (isCode(error, 'not-found')) return [];
      throw error;
    }
  });
  const all = new Map(lists.flat().map((object) => [object.metadata.uid, object]));
  const ids = new Set([...all.values()].map(idOf));
  return [...all.values()].filter(
    (object) =>
      !isMadeByTheCluster(object, { isStep: (id) => ids.has(id) }) &&
      !(object.metadata.ownerReferences ?? []).some(({ uid }) => all.has(uid)),
  );
}

/** The APIService of `metrics.k8s.io/v1` is called `v1.metrics.k8s.io`. */
function apiServiceOf(groupAndVersion: string): string {
  const [group, version] = groupAndVersion.split('/');
  return `${version}.${group}`;
}
