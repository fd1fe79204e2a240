/** What the shares of a Pod that is being admitted go by, as plain data that a thread can be sent. */
import { judge, type Known } from '../image-volumes/judge.ts';
import type { ImageVolumes, ShareSettings } from '../share/share.ts';

export type AdmissionData = {
  /** Reference of the image with the copy tool. */
  seedImage: string;
  /** What is known of the nodes, or what is said of image volumes for every Pod. */
  imageVolumes: { known: Known } | { always: ImageVolumes };
};

/** @param spec of the Pod */
export function settingsFor({ seedImage, imageVolumes }: AdmissionData, spec: Readonly<Record<string, unknown>>): ShareSettings {
  return { seedImage, imageVolumes: 'always' in imageVolumes ? imageVolumes.always : judge(imageVolumes.known, spec) };
}
