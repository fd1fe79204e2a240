/**
 * Would the API server accept the same release again? Each object of its manifests is sent as a dry run, as Helm would
 * send it. A dry run goes through admission and stores nothing. What depends on what is not there yet is not checked.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import { describeId, groupOf, idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Reinstall } from './receipt.ts';
import { indexOf, type ReleaseFacts, type ReleaseIndex } from './release-facts.ts';
import { releaseNameMark, releaseNamespaceMark } from './see.ts';

type Answer = 'accepted' | { refused: string } | { notChecked: string };

/** @throws BookendError unreachable, throttled, unauthorized: the cluster does not answer. */
export async function checkReinstall(cluster: Cluster, release: ReleaseFacts): Promise<Reinstall> {
  const index = indexOf(release);
  const objects = [...release.crds, ...release.objects].map(({ object }) => object);
  const answers = await inTurns(4, objects, async (object) => ({ id: idOf(object), answer: await ask(cluster, object, index) }));
  const refused = answers.flatMap(({ id, answer }) =>
    typeof answer === 'object' && 'refused' in answer ? [{ id, says: answer.refused }] : [],
  );
  const notChecked = answers.flatMap(({ id, answer }) =>
    typeof answer === 'object' && 'notChecked' in answer ? [{ id, says: answer.notChecked }] : [],
  );
  const whole = objects.length > 0 && notChecked.length === 0;
  return { result: refused.length > 0 ? 'refused' : whole ? 'accepted' : 'not-known', refused, notChecked };
}

async function ask(cluster: Cluster, object: KubernetesObject, index: ReleaseIndex): Promise<Answer> {
  const { apiVersion, kind, metadata } = object;
  if (!(await cluster.kind(apiVersion, kind))) return ofUnserved(object, index);
  const { namespace } = metadata;
  if (namespace !== undefined && !(await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace })))
    return { notChecked: `namespace ${namespace} does not exist` };
  try {
    const existing = await cluster.get(refOf(object), { metadataOnly: true });
    if (existing && !isCrdOf(index, object)) return ofExisting(existing, index);
    if (!existing) await cluster.create(object, { dryRun: true, fieldManager: 'helm' });
    return 'accepted';
  } catch (error) {
    if (isCode(error, 'forbidden')) return { notChecked: error.message };
    if (isCode(error, 'invalid', 'conflict', 'already-exists', 'not-found', 'unreachable')) return { refused: error.message };
    throw error;
  }
}

/** Helm leaves definitions of `crds/` alone where they exist. */
function isCrdOf(index: ReleaseIndex, object: KubernetesObject): boolean {
  return index.places.get(idOf(object)) === 'definition';
}

/** Helm adopts what has its annotations for this release, and refuses all else (`pkg/action/validate.go`). */
function ofExisting({ metadata }: KubernetesObject, { name, namespace }: ReleaseIndex): Answer {
  const { annotations = {} } = metadata;
  const isOwn = annotations[releaseNameMark] === name && annotations[releaseNamespaceMark] === namespace;
  return isOwn ? 'accepted' : { refused: 'it exists, and does not name this release as its owner: Helm refuses to take it over' };
}

function ofUnserved({ apiVersion, kind }: KubernetesObject, { definitions }: ReleaseIndex): Answer {
  const definition = definitions.get(`${groupOf(apiVersion)}/${kind}`);
  return definition === undefined
    ? { refused: `the cluster serves no ${kind} of ${apiVersion}, and the release does not define it` }
    : { notChecked: `${describeId(definition)} is gone, and comes back with the release` };
}
