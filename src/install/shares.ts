/** Shares of a component, in the Pod templates of its workloads. */

import { BookendError } from '../errors.ts';
import { refOf } from '../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { WrittenShare } from '../resource/share.ts';
import { dependsOnNodes } from '../share/choose.ts';
import type { ImageVolumes, Share, Source } from '../share/share.ts';
import { type Candidate, type Sharing, shareAmong, sharingsOf } from '../share/workloads.ts';
import { keptImageVolumes, withImageVolumes } from './kept-modes.ts';

/** What shares need to know of the cluster. */
export type ShareSurroundings = {
  /** Reference of the image with the static copy tool. */
  seedImage: string;
  /** What is known of image volumes for Pods of this spec. May wait a little for what is just being found out. */
  imageVolumes(spec: Readonly<Record<string, unknown>>): Promise<ImageVolumes>;
  /** The workload as it stands in the cluster: it keeps the modes that it has. */
  live(ref: ObjectRef): Promise<KubernetesObject | undefined>;
};

export type ComponentPlace = {
  /** Where the shares stand: `spec.components[0].share`. */
  list: string;
  /** `spec.namespace`, for workloads that name none. */
  namespace: string | undefined;
};

/**
 * @throws BookendError `bad-input` with the field
 */
export async function withSharesOfComponent<T extends Candidate>(
  objects: readonly T[],
  written: readonly WrittenShare[],
  { list, namespace, ...surroundings }: ShareSurroundings & ComponentPlace,
): Promise<T[]> {
  const placeOf = (index: number, field: string) => `${list}[${index}]${field && `.${field}`}`;
  const shares = written.map(({ from, ...share }, index): Share => {
    return { ...share, ...(from && { from: sourceOf(from, placeOf(index, 'from')) }) };
  });
  const sharings = new Map(sharingsOf(objects, shares, placeOf).map((sharing) => [sharing.object, sharing]));
  const known = new Map<KubernetesObject, ImageVolumes>();
  for (const [object, sharing] of sharings) known.set(object, await imageVolumesFor(sharing, namespace, surroundings));
  const knownOf = (object: KubernetesObject) => known.get(object) ?? noMatter;
  const changed = shareAmong(
    objects,
    shares,
    ({ object }) => ({ seedImage: surroundings.seedImage, imageVolumes: knownOf(object) }),
    placeOf,
  );
  return objects.map((each, index) => {
    const object = changed[index] ?? each.object;
    const sharing = sharings.get(each.object);
    const isChoice = sharing?.shares.some(dependsOnNodes) ?? false;
    return { ...each, object: sharing && isChoice ? withImageVolumes(object, sharing, knownOf(each.object)) : object };
  });
}

/** As it was when the workload got the Pod template that it has, or else as it is now. */
async function imageVolumesFor(
  sharing: Sharing,
  namespace: string | undefined,
  { imageVolumes, live }: ShareSurroundings,
): Promise<ImageVolumes> {
  if (!sharing.shares.some(dependsOnNodes)) return noMatter;
  const ref = refOf(sharing.object);
  const place = ref.namespace ?? namespace;
  const now = place === undefined ? undefined : await live({ ...ref, namespace: place });
  return keptImageVolumes(now, sharing) ?? (await imageVolumes(sharing.spec));
}

const noMatter: ImageVolumes = { known: false, reason: 'no share depends on it' };

function sourceOf(from: NonNullable<WrittenShare['from']>, field: string): Source {
  const { container, image, ...rest } = from;
  if (container !== undefined && image === undefined) return { container, ...rest };
  if (image !== undefined && container === undefined) return { image, ...rest };
  throw new BookendError('bad-input', `${field}: either container or image must be given, and not both`, { field });
}
