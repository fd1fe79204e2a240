/**
 * Resources in one line: `none`, or `cpu=50m/100m,memory=32Mi` with request and limit. A single value is both; either
 * side can be empty.
 */

import { nearest } from '../objects/nearest.ts';
import { shortened } from './limits.ts';
import { type ComputeResources, resourceNames } from './share.ts';

/** @param error makes the error of the line */
export function parseResources(text: string, error: (message: string) => Error): ComputeResources {
  if (text === 'none') return {};
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  for (const part of text.split(',').slice(0, resourceNames.length + 1)) {
    const { name, request, limit } = parseResource(part, error);
    if (Object.hasOwn(requests, name) || Object.hasOwn(limits, name)) throw error(`${name} is given twice`);
    if (request) requests[name] = request;
    if (limit) limits[name] = limit;
  }
  return {
    ...(Object.keys(requests).length > 0 && { requests }),
    ...(Object.keys(limits).length > 0 && { limits }),
  };
}

/** `cpu=50m/100m`; the request or the limit may be empty. */
function parseResource(part: string, error: (message: string) => Error): { name: string; request: string; limit: string } {
  const [, name = '', request, , limit = ''] = /^([^=]+)=([^=/]*)(\/([^=/]*))?$/.exec(part) ?? [];
  if (request === undefined || (request === '' && limit === '')) {
    throw error(`resources must be "none", or like cpu=50m/100m,memory=64Mi; "${shortened(part)}" is neither`);
  }
  if (!resourceNames.includes(name)) {
    const near = nearest(name, resourceNames);
    const guess = near === undefined ? `only ${resourceNames.join(', ')}` : `did you mean ${near}?`;
    throw error(`a copy cannot use ${shortened(name, 63)}: ${guess}`);
  }
  return { name, request, limit: part.includes('/') ? limit : request };
}

export function printResources({ requests = {}, limits = {} }: ComputeResources): string {
  const names = [...new Set([...Object.keys(requests), ...Object.keys(limits)])];
  const parts = names.map((name) => {
    const [request, limit] = [String(requests[name] ?? ''), String(limits[name] ?? '')];
    return `${name}=${request === limit ? request : `${request}/${limit}`}`;
  });
  return parts.length === 0 ? 'none' : parts.join(',');
}
