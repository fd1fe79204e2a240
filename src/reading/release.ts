/**
 * An installed release as the subject of a preview, from where Helm keeps it: the Secret `sh.helm.release.v1.NAME.vN`
 * (or a ConfigMap, with `HELM_DRIVER=configmap`) of each revision. An uninstall goes by the last one, whatever its
 * status (`pkg/action/uninstall.go`).
 */
import type { Cluster, Query } from '../cluster/port.ts';
import { BookendError, isCode } from '../errors.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import { shellCommand } from '../objects/shell-quote.ts';
import { decodeRelease, type StoredRelease } from './stored-release.ts';

export type Release = StoredRelease & {
  /** The Secret or ConfigMap that it was read from. */
  storedIn: ObjectRef;
  /** The revisions that are stored, the last one included: an uninstall removes them all. */
  revisions: number[];
  /** Where they are stored, in the same order. */
  stored: ObjectRef[];
};

/**
 * @throws BookendError not-found: no such release in this namespace; where it is in another one, or was installed by
 * Helm 2, the message says so. forbidden: Secrets may not be read. bad-input, unsupported: what is stored cannot be
 * understood.
 */
export async function readRelease(cluster: Cluster, name: string, namespace: string): Promise<Release> {
  const release = await readRecord(cluster, name, namespace);
  if (!release) throw await absent(cluster, name, namespace);
  if (release.status === 'uninstalled') {
    throw new BookendError('not-found', `release ${name} is already uninstalled; only its history remains`, {
      object: describeRef(release.storedIn),
      advice: `helm uninstall ${shellCommand(name, '-n', namespace)} removes the history.`,
    });
  }
  return release;
}

/**
 * The last revision that is on record, uninstalled ones (`helm uninstall --keep-history`) included; undefined where
 * there is no record.
 *
 * @throws BookendError forbidden, bad-input, unsupported as for `readRelease`
 */
export async function readRecord(cluster: Cluster, name: string, namespace: string): Promise<Release | undefined> {
  const stored = await storedRevisions(cluster, { labelSelector: `owner=helm,name=${name}`, namespace });
  const revisions = stored.map((object) => ({ object, revision: revisionOf(object) })).sort((a, b) => a.revision - b.revision);
  const last = revisions.at(-1);
  if (!last) return undefined;
  const ref = refOf(last.object);
  const object = await cluster.get(ref);
  if (!object)
    throw new BookendError('conflict', `${describeRef(ref)} was deleted while Bookend read it`, { object: describeRef(ref) });
  return {
    ...decodeRelease(object),
    storedIn: ref,
    revisions: revisions.map(({ revision }) => revision),
    stored: revisions.map((each) => refOf(each.object)),
  };
}

/** What a person should know of a release that is not simply deployed; each a sentence. */
export function notesOf({ name, namespace, revision, status, description }: Release): string[] {
  const words = description ? `: ${description}` : '';
  const start = `release ${name} revision ${revision} is ${status}${words}`;
  if (status === 'uninstalling') return [`${start}; an earlier uninstall was not finished, what it deleted is gone already`];
  if (status.startsWith('pending-')) {
    return [
      `${start}; Helm is at work on it, or was interrupted: helm status ${shellCommand(name, '-n', namespace)} tells; an uninstall goes by what this revision was to be`,
    ];
  }
  return status === 'deployed' ? [] : [start];
}

const stores = ['Secret', 'ConfigMap'] as const;

/** Secrets first, as Helm does by default. Only metadata: the values are read of one object alone. */
async function storedRevisions(cluster: Cluster, query: Pick<Query, 'namespace' | 'labelSelector'>): Promise<KubernetesObject[]> {
  const failures: unknown[] = [];
  for (const kind of stores) {
    try {
      const { items } = await cluster.list({ apiVersion: 'v1', kind, metadataOnly: true, ...query });
      const found = items
        .filter(({ metadata }) => metadata.name.startsWith('sh.helm.release.'))
        .map((item) => ({ ...item, apiVersion: 'v1', kind }));
      if (found.length > 0) return found;
    } catch (error) {
      if (!isCode(error, 'forbidden')) throw error;
      failures.push(error);
    }
  }
  const [forbidden] = failures;
  if (isCode(forbidden, 'forbidden')) {
    throw new BookendError('forbidden', `cannot search for releases: ${forbidden.message}`, {
      ...forbidden.details,
      advice: 'Helm keeps releases in Secrets: grant get and list of secrets in that namespace, or preview the chart itself.',
    });
  }
  return [];
}

function revisionOf({ metadata }: KubernetesObject): number {
  return Number(metadata.labels?.version ?? /\.v(\d+)$/.exec(metadata.name)?.[1] ?? 0);
}

async function absent(cluster: Cluster, name: string, namespace: string): Promise<BookendError> {
  const elsewhere = await placesOf(cluster, `owner=helm,name=${name}`);
  const ofHelm2 = elsewhere.length > 0 ? [] : await placesOf(cluster, `OWNER=TILLER,NAME=${name}`);
  if (ofHelm2.length > 0) {
    return new BookendError('unsupported', `release ${name} was installed by Helm 2, which Bookend cannot read`, {
      object: `release ${name}`,
      advice: `Preview its manifests:\n${shellCommand('helm2', 'get', 'manifest', name)} | bookend preview -f -`,
    });
  }
  const where = elsewhere.map((each) => `-n ${each}`).join(' or ');
  return new BookendError('not-found', `there is no release ${name} in namespace ${namespace}`, {
    object: `release ${name}`,
    ...(where && { advice: `A release with this name exists in another namespace: ${where}.` }),
  });
}

/** Namespaces with such an object, as far as it may be asked. */
async function placesOf(cluster: Cluster, labelSelector: string): Promise<string[]> {
  const lists = await Promise.all(
    stores.map(async (kind) => {
      try {
        return (await cluster.list({ apiVersion: 'v1', kind, labelSelector, metadataOnly: true })).items;
      } catch (error) {
        if (isCode(error, 'forbidden')) return [];
        throw error;
      }
    }),
  );
  return [...new Set(lists.flat().flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
}
