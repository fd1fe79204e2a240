/**
 * Resources of the containers that a copy adds. The scheduler takes the largest init container or the sum of the containers, whichever is more: with the
 * resources of one that is there already nothing grows, quotas that demand resources are satisfied, and a Guaranteed Pod stays Guaranteed.
 */
import { isMap, mapOf } from '../objects/fields.ts';
import { bytesOf } from '../objects/quantity.ts';
import type { Share } from './share.ts';
import type { Fields } from './spec.ts';

/** Undefined when the Pod has resources as a whole and the model none of its own. */
export function resourcesOf(spec: Fields, model: Fields | undefined, share?: Share): Fields | undefined {
  const own = mapOf(model?.resources);
  const [requests, limits] = [usual(own.requests), usual(own.limits)];
  const given = { ...(limits && { limits }), ...(requests && { requests }) };
  const sizeLimit = share?.medium === 'Memory' ? share.sizeLimit : undefined;
  if (requests || limits) return withRoom(given, sizeLimit);
  if (isMap(spec.resources)) return undefined;
  // Nobody knows how much is written: then the node is the limit, as for the other containers of such a Pod.
  if (share?.medium === 'Memory' && sizeLimit === undefined) return { requests: small };
  return withRoom({ limits: { memory: '64Mi' }, requests: small }, sizeLimit);
}

const small = { cpu: '10m', memory: '16Mi' };

type Quantities = Record<string, unknown>;

/** No devices and no huge pages: a copy uses none. */
function usual(quantities: unknown): Quantities | undefined {
  const kept = Object.entries(mapOf(quantities)).filter(([name]) => ['cpu', 'memory', 'ephemeral-storage'].includes(name));
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

/** What is written to a volume in memory counts as memory of the container that writes it. */
function withRoom(given: { limits?: Quantities; requests?: Quantities }, sizeLimit: string | undefined): Fields {
  const limit = bytesOf(given.limits?.memory);
  const size = bytesOf(sizeLimit);
  if (limit === undefined || size === undefined || limit >= size + toolBytes) return given;
  const memory = `${Math.ceil((size + toolBytes) / mebibyte)}Mi`;
  const wasEqual = bytesOf(given.requests?.memory) === limit;
  return {
    ...given,
    limits: { ...given.limits, memory },
    ...(wasEqual && { requests: { ...given.requests, memory } }),
  };
}

const mebibyte = 2 ** 20;

/** Room for the tool itself, and for the kernel's bookkeeping. */
const toolBytes = 64 * mebibyte;
