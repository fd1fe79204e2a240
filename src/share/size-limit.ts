/**
 * How much a copy may write before the kubelet evicts the Pod, so that the tool can stop before and report why: the
 * sizeLimit of its volume, or the sum of `limits.ephemeral-storage`, which includes volumes on the node's disk.
 */
import { fieldAt } from '../objects/fields.ts';
import { bytesOf } from '../objects/quantity.ts';
import { isOurs } from './command.ts';
import type { Share } from './share.ts';
import { containersOf, type Fields } from './spec.ts';

export type SizeLimit = { bytes: number; of: string };

/** @param shares those that fill the volume; it is that of the first */
export function sizeLimitOf(spec: Fields, shares: readonly Share[]): SizeLimit | undefined {
  const [first] = shares;
  const own = bytesOf(first?.sizeLimit);
  const ofPod = first?.medium === 'Memory' ? undefined : storageOf(spec);
  if (first && own !== undefined && (ofPod === undefined || own <= ofPod)) {
    return limitOf(own, `sizeLimit of share ${first.name}`);
  }
  return ofPod === undefined ? undefined : limitOf(ofPod, 'limits.ephemeral-storage of the Pod');
}

/** The tool reads a whole number. No node has as much as the largest that is exact here, so that it limits nothing. */
function limitOf(bytes: number, of: string): SizeLimit | undefined {
  return bytes > Number.MAX_SAFE_INTEGER ? undefined : { bytes: Math.max(1, Math.floor(bytes)), of };
}

/** As the kubelet adds it up; undefined where no container names a limit. */
function storageOf(spec: Fields): number | undefined {
  const limits = containersOf(spec).flatMap(({ container, list }) => {
    const bytes = isOurs(container) ? undefined : bytesOf(fieldAt(container, 'resources', 'limits', 'ephemeral-storage'));
    const isRegular = list === 'containers' || container.restartPolicy === 'Always';
    return bytes === undefined || !Number.isFinite(bytes) ? [] : [{ bytes, isRegular }];
  });
  if (limits.length === 0) return undefined;
  const sum = limits.reduce((total, { bytes, isRegular }) => total + (isRegular ? bytes : 0), 0);
  return limits.reduce((most, { bytes }) => Math.max(most, bytes), sum);
}
