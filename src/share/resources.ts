/**
 * Resources of the containers that a copy adds: those of their source container, or none. The scheduler uses the larger
 * of the largest init container and the sum of the containers, so the Pod needs no more than before. A LimitRange or
 * quota that admits the source container admits them too, and a Guaranteed Pod stays Guaranteed.
 */
import { mapOf } from '../objects/fields.ts';
import { bytesOf } from '../objects/quantity.ts';
import { type ComputeResources, resourceNames, type Share } from './share.ts';
import type { Fields } from './spec.ts';

/** Undefined for none. */
export function resourcesOf(model: Fields | undefined, share: Share): ComputeResources | undefined {
  const { limits, requests } = share.resources ?? mapOf(model?.resources);
  const [ofLimits, ofRequests] = [usual(limits), usual(requests)];
  if (!ofLimits && !ofRequests) return undefined;
  return { ...(ofLimits && { limits: ofLimits }), ...(ofRequests && { requests: ofRequests }) };
}

/**
 * Whether a copy in memory may hold more than the container that writes it may take: what is written counts as its
 * memory.
 */
export function memoryTooSmall(model: Fields | undefined, share: Share): string | undefined {
  if (share.medium !== 'Memory') return undefined;
  const limit = resourcesOf(model, share)?.limits?.memory;
  const [most, size] = [bytesOf(limit), bytesOf(share.sizeLimit)];
  if (limit === undefined || most === undefined) return undefined;
  return size === undefined || size + toolBytes > most ? String(limit) : undefined;
}

/** No devices and no huge pages: a copy uses none. */
function usual(quantities: unknown): Record<string, string | number> | undefined {
  const map = mapOf(quantities);
  const kept = Object.entries(map).filter(
    (entry): entry is [string, string | number] =>
      resourceNames.includes(entry[0]) && (typeof entry[1] === 'string' || typeof entry[1] === 'number'),
  );
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** The tool itself, and the kernel's bookkeeping for what it writes. */
const toolBytes = 32 * 2 ** 20;
