/**
 * Reads the input of `bookend rights`: ClusterOperators and hooks, definitions, and the kinds that the cluster serves.
 */
import type { Cluster, KindInfo } from '../../cluster/port.ts';
import { BookendError } from '../../errors.ts';
import { describeRef } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';
import { subjectOf } from '../../reading/manifests.ts';
import { readRelease } from '../../reading/release.ts';
import type { Subject } from '../../reading/subject.ts';
import { scopesOf } from '../../reading/surroundings.ts';
import { type ClusterOperator, clusterOperatorKind } from '../../resource/cluster-operator.ts';
import { isClusterOperator } from '../delete/reported-teardown.ts';
import type { Invocation } from '../invocation.ts';
import { expand } from '../plan/expand.ts';
import { readOffline } from '../reading/read-subject.ts';
import type { RightsFlags, RightsRequest } from './request.ts';

export type Read = {
  clusterOperators: ClusterOperator[];
  /** Objects with `helm.sh/hook`. */
  hooks: KubernetesObject[];
  /** Everything else that was given. */
  objects: KubernetesObject[];
  /** Kinds that the cluster serves; empty where none was asked. */
  kinds: KindInfo[];
  /** Of what names no namespace. */
  namespace: string;
};

/** @param cluster where one is to be asked */
export async function read(
  { source }: RightsRequest,
  flags: RightsFlags,
  invocation: Invocation,
  connected: { cluster: Cluster; namespace: string } | undefined,
): Promise<Read> {
  const namespace = flags.namespace ?? connected?.namespace ?? 'default';
  const cluster = connected?.cluster;
  if (source.from === 'cluster-operator') {
    const resource = cluster && (await cluster.get({ ...clusterOperatorKind, name: source.name }));
    if (!resource) throw absent(source.name);
    return withKinds({ clusterOperators: [resource as ClusterOperator], hooks: [], objects: [], namespace }, cluster);
  }
  const subject =
    source.from === 'release' && cluster
      ? await ofRelease(cluster, source.name, namespace)
      : (await readOffline(source as Extract<typeof source, { from: 'chart' | 'files' }>, { ...flags, namespace }, invocation))
          .subject;
  const all = [...subject.objects, ...subject.crds, ...subject.hooks.filter(({ object }) => isClusterOperator(object))].map(
    ({ object }) => object,
  );
  const clusterOperators = all.filter(isClusterOperator) as ClusterOperator[];
  // Says with the field what is wrong with one.
  expand(clusterOperators, namespace);
  const rest = all.filter((object) => !isClusterOperator(object));
  const hooks = subject.hooks.map(({ object }) => object).filter((object) => !isClusterOperator(object));
  return withKinds({ clusterOperators, hooks, objects: rest, namespace }, cluster);
}

async function ofRelease(cluster: Cluster, name: string, namespace: string): Promise<Subject> {
  const [release, scope] = await Promise.all([readRelease(cluster, name, namespace), scopesOf(cluster)]);
  return subjectOf(release.documents, { from: 'release', name, namespace, scope }).subject;
}

/** With the very versions that the objects are written in, which need not be the preferred ones. */
async function withKinds(read: Omit<Read, 'kinds'>, cluster: Cluster | undefined): Promise<Read> {
  if (!cluster) return { ...read, kinds: [] };
  const { kinds } = await cluster.kinds();
  const inside = read.clusterOperators.flatMap(({ spec }) => spec.components.flatMap(({ objects }) => objects));
  const written = new Map(
    [...inside, ...read.objects].map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }]),
  );
  for (const info of kinds) written.delete(`${info.apiVersion} ${info.kind}`);
  const others = await Promise.all(
    [...written.values()].map(({ apiVersion, kind }) => cluster.kind(apiVersion, kind).catch(() => undefined)),
  );
  return { ...read, kinds: [...kinds, ...others.filter((info) => info !== undefined)] };
}

/** The definitions among what was given. */
export function definitionsIn({ objects }: Read): KubernetesObject[] {
  return objects.filter(isCrd);
}

function absent(name: string): BookendError {
  const object = describeRef({ kind: 'ClusterOperator', name });
  return new BookendError('not-found', `${object} does not exist`, {
    object,
    advice: 'Run: bookend status. If it is not installed yet, pass its file with -f.',
  });
}
