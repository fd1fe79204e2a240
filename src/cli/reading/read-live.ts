/** Reads the objects to delete and their surroundings from a live cluster. */
import type { Cluster } from '../../cluster/port.ts';
import { type Sourced, subjectOf } from '../../reading/manifests.ts';
import { subjectOfNamespace } from '../../reading/namespace.ts';
import type { OnRead } from '../../reading/reader.ts';
import { notesOf, readRelease } from '../../reading/release.ts';
import type { Surroundings as Around, Subject } from '../../reading/subject.ts';
import { scopesOf, surroundingsOf } from '../../reading/surroundings.ts';
import type { GlobalFlags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { progressOn, readingOn } from './progress.ts';
import { readOffline } from './read-subject.ts';
import type { Source } from './source.ts';

/** @see LookAround */
type More = { references?: boolean };
type Look = More & { onRead: OnRead };

/**
 * @throws BookendError `not-found` for a release that is not there; `forbidden`, `throttled`, `unreachable` as the
 * cluster answers
 */
export async function readLive(
  source: Source,
  flags: GlobalFlags,
  format: string,
  invocation: Invocation,
  more: More = {},
): Promise<Sourced> {
  const progress = progressOn(invocation, format);
  const { cluster, namespace } = await invocation.connect(flags);
  try {
    progress.at('Reading the cluster …');
    const look = { ...more, onRead: readingOn(progress) };
    return await read(cluster, source, { ...flags, namespace: flags.namespace ?? namespace }, invocation, look);
  } finally {
    progress.end();
    await cluster.close();
  }
}

async function read(
  cluster: Cluster,
  source: Source,
  flags: GlobalFlags & { namespace: string },
  invocation: Invocation,
  look: Look,
): Promise<Sourced> {
  const { namespace } = flags;
  switch (source.from) {
    case 'release': {
      const [release, scope] = await Promise.all([readRelease(cluster, source.name, namespace), scopesOf(cluster)]);
      const sourced = subjectOf(release.documents, { from: 'release', name: source.name, namespace, scope });
      const noted = { ...sourced, notes: [...notesOf(release), ...sourced.notes] };
      return withSurroundings(noted, await around(cluster, sourced.subject, look, source.name));
    }
    case 'namespace':
      return { subject: await subjectOfNamespace(cluster, source.name, look), notes: [], unnamed: [] };
    default: {
      const sourced = await readOffline(source, flags, invocation, await scopesOf(cluster));
      return withSurroundings(sourced, await around(cluster, sourced.subject, look));
    }
  }
}

function around(
  cluster: Cluster,
  { objects, hooks, crds, namespace }: Subject,
  { onRead, references = false }: Look,
  release?: string,
): Promise<Around> {
  const given = [...objects, ...hooks, ...crds].map(({ object }) => object);
  return surroundingsOf(cluster, { given, namespace, references, ...(release !== undefined && { release }) }, onRead);
}

function withSurroundings({ subject, ...rest }: Sourced, surroundings: Around): Sourced {
  const notSeen = [...subject.surroundings.notSeen, ...surroundings.notSeen];
  return { subject: { ...subject, surroundings: { ...surroundings, notSeen } }, ...rest };
}
