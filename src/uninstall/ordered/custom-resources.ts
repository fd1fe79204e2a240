/**
 * The custom resources that an uninstall concerns without being told of them: of kinds that the release defines, and of
 * kinds that nobody but its workloads serves. Without their operator their finalizers would stay for ever; with their
 * definition they would be gone.
 */
import { inTurns } from '../../cluster/in-turns.ts';
import { isCode } from '../../errors.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { servingOf } from '../../knowledge/serving/serving.ts';
import { idOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import { definedBy, isCrd } from '../../objects/scopes.ts';
import type { Subject } from '../../reading/subject.ts';
import { mostInMemory } from '../../teardown/bounds.ts';
import type { Kind } from '../../teardown/kinds.ts';
import { kindDefinedBy } from '../../teardown/survey.ts';
import type { UninstallContext } from '../tool.ts';
import type { Choices } from './choices.ts';

/** A kind of which custom resources may go. */
export type ConcernedKind = Kind & {
  /** The workloads of the release that serve it, possible ones too: whoever keeps custom resources keeps them all. */
  servers: readonly ObjectId[];
  /**
   * Where workloads of others serve it and none of the release runs. Undefined: the definition goes, and takes all of
   * them along.
   */
  elsewhere?: ReadonlySet<string>;
};

/** The kinds, each once, at a version that is served. */
export function concernedKinds(
  subject: Subject,
  live: readonly KubernetesObject[],
  { definitions: fate }: Pick<Choices, 'definitions'>,
): ConcernedKind[] {
  const given = [...subject.crds, ...subject.objects].map(({ object }) => object);
  const all = [...given, ...subject.surroundings.objects, ...live];
  if (!all.some(isCrd)) return [];
  const ours = new Set(subject.objects.map(({ object }) => idOf(object)));
  const known = new Map<ObjectId, KubernetesObject>();
  for (const object of all) known.set(idOf(object), object);
  const going = new Set(
    [...(fate === 'delete' ? subject.crds : []), ...subject.objects].flatMap(({ object }) =>
      keepReason(object) === undefined ? idOf(object) : [],
    ),
  );
  const defined = new Set(given.map(idOf));
  const serving = servingOf([...known.values()]);
  return [...known.values()].filter(isCrd).flatMap((definition): ConcernedKind[] => {
    const kind = kindDefinedBy(definition);
    const { group, kind: name } = definedBy(definition);
    const candidates = serving.controllersOf(group, name);
    const servers = candidates.filter(({ confidence }) => confidence !== 'possible');
    const own = candidates.flatMap(({ workload }) => (ours.has(workload) ? workload : []));
    const isServedByUsAlone = servers.length > 0 && servers.every(({ workload }) => ours.has(workload));
    if (kind === undefined || !(defined.has(idOf(definition)) || isServedByUsAlone)) return [];
    const goes = going.has(idOf(definition));
    return [{ ...kind, servers: own, ...(!goes && { elsewhere: elsewhereOf(servers, ours) }) }];
  });
}

/** An operator of others in its own namespace serves what is there, whatever becomes of ours. */
function elsewhereOf(servers: readonly Server[], ours: ReadonlySet<ObjectId>): ReadonlySet<string> {
  const placesOf = (mine: boolean) =>
    new Set(servers.flatMap(({ workload }) => (ours.has(workload) === mine ? (parseId(workload).namespace ?? []) : [])));
  return placesOf(false).difference(placesOf(true));
}

/** All custom resources of these kinds that an uninstall concerns, as they are now. */
export async function instancesOf({ cluster }: UninstallContext, kinds: readonly ConcernedKind[]): Promise<KubernetesObject[]> {
  const lists = await inTurns(8, kinds, async ({ apiVersion, kind, elsewhere }) => {
    const keep = (object: KubernetesObject) => (elsewhere?.has(object.metadata.namespace ?? '') === true ? undefined : object);
    try {
      return (await cluster.list({ apiVersion, kind, keep, limit: mostInMemory + 1 })).items;
    } catch (error) {
      if (isCode(error, 'not-found')) return [];
      throw error;
    }
  });
  return lists.flat();
}

/**
 * Those that the release did not make: no manifest names them, and no owner leads to an object of the release.
 * @param own identities that are named, by this release or another that goes in the same call
 */
export function foreignAmong(
  instances: readonly KubernetesObject[],
  released: readonly KubernetesObject[],
  own: ReadonlySet<ObjectId>,
): KubernetesObject[] {
  const uidOf = ({ metadata }: KubernetesObject) => metadata.uid ?? '';
  const ours = new Set(released.map(uidOf));
  for (const instance of instances) if (own.has(idOf(instance))) ours.add(uidOf(instance));
  const isMade = ({ metadata }: KubernetesObject) => (metadata.ownerReferences ?? []).some(({ uid }) => ours.has(uid));
  for (let open = instances.filter((each) => !ours.has(uidOf(each))); ; ) {
    const made = open.filter(isMade);
    if (made.length === 0) return withoutChildren(open);
    for (const each of made) ours.add(uidOf(each));
    open = open.filter((each) => !ours.has(uidOf(each)));
  }
}

/** What another of them owns goes or stays with its owner. */
function withoutChildren(instances: readonly KubernetesObject[]): KubernetesObject[] {
  const uids = new Set(instances.map(({ metadata }) => metadata.uid));
  return instances.filter(({ metadata }) => !(metadata.ownerReferences ?? []).some(({ uid }) => uids.has(uid)));
}
