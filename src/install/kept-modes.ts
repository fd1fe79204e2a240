/**
 * A share with mode auto gets the mode that fits when its workload gets its Pod template, and keeps it as long as that
 * template is written the same way: what is found out about the nodes later must not restart Pods that run well. The
 * workload itself remembers it, in an annotation.
 */
import { imageVolumesAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { ImageVolumes } from '../share/share.ts';
import type { Sharing } from '../share/workloads.ts';
import { digestOf } from './fingerprint.ts';

/** What the workload in the cluster got its Pod template with, when it was written as it is now; else undefined. */
export function keptImageVolumes(live: KubernetesObject | undefined, sharing: Sharing): ImageVolumes | undefined {
  const [word, digest] = (live?.metadata.annotations?.[imageVolumesAnnotation] ?? '').split(' ');
  if (digest !== digestOfTemplate(sharing)) return undefined;
  if (word === used) return { known: true };
  return word === notUsed
    ? { known: false, reason: 'they were not known to work when the workload got its Pod template' }
    : undefined;
}

/**
 * The workload with the annotation that `keptImageVolumes` reads. The Pod template is not touched: that would be
 * another one.
 */
export function withImageVolumes(object: KubernetesObject, sharing: Sharing, { known }: ImageVolumes): KubernetesObject {
  const value = `${known ? used : notUsed} ${digestOfTemplate(sharing)}`;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [imageVolumesAnnotation]: value } } };
}

const used = 'used';
const notUsed = 'not-used';

/** Of the Pod spec and its shares as they are written, before anything is chosen. */
function digestOfTemplate({ spec, shares }: Sharing): string {
  return digestOf({ spec, shares }).slice(0, 16);
}
