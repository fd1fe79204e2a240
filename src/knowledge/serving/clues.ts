/**
 * What clues are worth together. A right to write alone makes nobody a controller: backup tools, dashboards and
 * deployers have it too.
 */
import type { Confidence } from '../confidence.ts';
import type { Server } from './server.ts';

/**
 * manager: has written what only the controller writes. subresource: may write `/finalizers` or `/status`, or
 * everything of just this group. write: may change the resource. broad: may change everything. name: its name, image or
 * labels are alike. release: came with the kind's definition.
 */
export type ClueKind = 'manager' | 'subresource' | 'write' | 'broad' | 'name' | 'release';

/** Undefined: nothing that may be concluded from. */
export function confidenceFrom(kinds: ReadonlySet<ClueKind>): Confidence | undefined {
  const mayWrite = kinds.has('subresource') || kinds.has('write') || kinds.has('broad');
  const isAlike = kinds.has('name') || kinds.has('release');
  if (kinds.has('manager')) return mayWrite ? 'certain' : 'likely';
  if (kinds.has('subresource')) return 'likely';
  if (kinds.has('write') && isAlike) return 'likely';
  if (kinds.has('broad') && kinds.has('name')) return 'likely';
  // Who may change everything and came with the definition is no more than possible.
  return kinds.has('name') || (kinds.has('broad') && kinds.has('release')) ? 'possible' : undefined;
}

const order: readonly Confidence[] = ['certain', 'likely', 'possible'];

/**
 * The surest, by name: whoever is only likely is left out where somebody is certain, and whoever is only possible where
 * somebody is likely.
 */
export function surest(servers: readonly Server[]): Server[] {
  const best = order.find((confidence) => servers.some((server) => server.confidence === confidence));
  return servers.filter(({ confidence }) => confidence === best).sort((a, b) => (a.workload < b.workload ? -1 : 1));
}

/** Nobody is surer than this. */
export function capped(servers: readonly Server[], most: Confidence): Server[] {
  return servers.map((server) =>
    order.indexOf(server.confidence) < order.indexOf(most) ? { ...server, confidence: most } : server,
  );
}
