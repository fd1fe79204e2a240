/**
 * How many Pods each ReplicaSet of a Deployment gets next (`pkg/controller/deployment/rolling.go` and `recreate.go`).
 * Pure.
 */
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { numberOf } from '../json.ts';

/** The ReplicaSets of a Deployment: the one of its present template, and those of earlier ones. */
export type ReplicaSets = { newest: Stored | undefined; old: Stored[] };

/** A ReplicaSet and how many replicas it gets; without `set` the one of the present template is still to be made. */
export type Scaling = { set: Stored | undefined; replicas: number };

/** What a rollout may do to the number of Pods. */
export type RolloutLimits = { wanted: number; surge: number; unavailable: number };

/**
 * The next writes of a rollout, in order.
 * @param oldPodsRun whether Pods of old ReplicaSets have not ended; a Recreate rollout waits for them
 */
export function nextScalings(deployment: Stored, sets: ReplicaSets, oldPodsRun: () => boolean): Scaling[] {
  if (fieldAt(deployment.spec, 'paused') === true && sets.newest === undefined) return [];
  if (fieldAt(deployment.spec, 'strategy', 'type') !== 'Recreate') return rollingScalings(limitsOf(deployment), sets);
  const down = sets.old.map((set) => ({ set, replicas: 0 }));
  return oldPodsRun() ? down : [...down, { set: sets.newest, replicas: limitsOf(deployment).wanted }];
}

export function limitsOf({ spec }: Stored): RolloutLimits {
  const wanted = numberOf(fieldAt(spec, 'replicas')) ?? 1;
  const surge = portion(fieldAt(spec, 'strategy', 'rollingUpdate', 'maxSurge'), wanted, Math.ceil);
  const unavailable = portion(fieldAt(spec, 'strategy', 'rollingUpdate', 'maxUnavailable'), wanted, Math.floor);
  // Both at 0 would never move.
  return { wanted, surge, unavailable: unavailable || (surge === 0 ? 1 : 0) };
}

export function replicasOf(set: Stored): number {
  return numberOf(fieldAt(set.spec, 'replicas')) ?? 0;
}

/** The newest grows as far as the surge allows; the old shrink by what the newest has made available. */
function rollingScalings({ wanted, surge, unavailable }: RolloutLimits, { newest, old }: ReplicaSets): Scaling[] {
  const oldReplicas = old.reduce((sum, set) => sum + replicasOf(set), 0);
  const present = newest ? replicasOf(newest) : 0;
  const room = oldReplicas === 0 ? wanted : Math.max(present, Math.min(wanted, wanted + surge - oldReplicas));
  const up = { set: newest, replicas: room };
  if (oldReplicas === 0) return [up];
  const newUnavailable = room - (newest ? availableOf(newest) : 0);
  return [up, ...shrunk(old, oldReplicas + room - (wanted - unavailable) - newUnavailable)];
}

/** @param excess how many available replicas may go; those that are not available are no loss and go first */
function shrunk(old: Stored[], excess: number): Scaling[] {
  const scalings: Scaling[] = [];
  let left = excess;
  for (const set of old.toSorted((one, other) => availableOf(one) - availableOf(other))) {
    const spare = Math.max(replicasOf(set) - availableOf(set), Math.min(left, replicasOf(set)));
    if (spare <= 0) continue;
    scalings.push({ set, replicas: replicasOf(set) - spare });
    left -= spare;
  }
  return scalings;
}

function availableOf(set: Stored): number {
  return numberOf(fieldAt(set.status, 'availableReplicas')) ?? 0;
}

/** A number, or a percentage of the wanted replicas. */
function portion(value: unknown, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.endsWith('%') ? round((Number.parseFloat(value) / 100) * of) : 0;
}
