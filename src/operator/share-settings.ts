/** What the operator knows that shares need to know: the one place for ClusterOperators and the webhook. */
import type { ShareSettings } from '../share/share.ts';

/** @param seedImage reference of the image with the copy tool */
export function shareSettings(seedImage: string): ShareSettings {
  return {
    seedImage,
    imageVolumes: { known: false, reason: 'the operator has not tried image volumes on the nodes of this cluster' },
  };
}
