/**
 * Resources in one line: `none`, or `cpu=50m/100m,memory=32Mi` with request and limit; one value alone is both, and
 * either side may be empty.
 */
import { shortened } from './limits.ts';
import { nearest } from './nearest.ts';
import { type ComputeResources, resourceNames } from './share.ts';

/** @param error makes the error of the line */
export function parseResources(text: string, error: (message: string) => Error): ComputeResources {
  if (text === 'none') return {};
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const part of text.split(',').slice(0, resourceNames.length + 1)) {
    const [, name = '', first, , second] = /^([^=]+)=([^=/]*)(\/([^=/]*))?$/.exec(part) ?? [];
    if (first === undefined || (first === '' && !second)) {
      throw error(`resources are "none", or as in cpu=50m/100m,memory=64Mi; "${shortened(part)}" is neither`);
    }
    if (!resourceNames.includes(name)) {
      const near = nearest(name, resourceNames);
      const guess = near === undefined ? `only ${resourceNames.join(', ')}` : `did you mean ${near}?`;
      throw error(`a copy uses no ${shortened(name, 63)}: ${guess}`);
    }
    if (Object.hasOwn(requests, name) || Object.hasOwn(limits, name)) throw error(`${name} is given twice`);
    const limit = part.includes('/') ? second : first;
    if (first !== '') requests[name] = first;
    if (limit) limits[name] = limit;
  }
  return {
    ...(Object.keys(requests).length > 0 && { requests }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

export function printResources({ requests = {}, limits = {} }: ComputeResources): string {
  const names = [...new Set([...Object.keys(requests), ...Object.keys(limits)])];
  const parts = names.map((name) => {
    const [request, limit] = [String(requests[name] ?? ''), String(limits[name] ?? '')];
    return `${name}=${request === limit ? request : `${request}/${limit}`}`;
  });
  return parts.length === 0 ? 'none' : parts.join(',');
}
