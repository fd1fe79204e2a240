/** The plan as JSON. */
import type { ObjectId } from '../objects/identity.ts';
import { layersOf } from '../plan/layers.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';

export type PlanDocument = {
  /**
   * In the order of deletion; `wave` counts from 1, and what is in one wave goes side by side where nothing else keeps
   * it.
   */
  steps: { object: ObjectId; wave: number; mode: 'delete' | 'await'; component?: string; reason?: string; after: ObjectId[] }[];
  /** What stays, by policy. */
  kept: { object: ObjectId; reason?: string }[];
};

/** Barriers of components are seen through: `after` names objects only. */
export function planDocument(plan: Plan): PlanDocument {
  const { waves, kept } = layersOf(plan);
  const waveOf = new Map(waves.flatMap((wave, index) => wave.map((step) => [step.id, index + 1] as const)));
  const before = objectsBefore(plan);
  return {
    steps: plan.steps
      .filter((step): step is PlanStep & { mode: 'delete' | 'await' } => step.mode === 'delete' || step.mode === 'await')
      .map(({ id, mode, component, reason }) => ({
        object: id,
        wave: waveOf.get(id) ?? 1,
        mode,
        ...(component !== undefined && { component }),
        ...(reason !== undefined && { reason }),
        after: before.get(id) ?? [],
      })),
    kept: kept.map(({ id, reason }) => ({ object: id, ...(reason !== undefined && { reason }) })),
  };
}

/** For each object the objects that it directly waits for. */
export function objectsBefore({ steps }: Plan): Map<ObjectId, ObjectId[]> {
  const behind = new Map<ObjectId, ObjectId[]>();
  const isBarrier = new Set(steps.filter(({ mode }) => mode === 'barrier').map(({ id }) => id));
  for (const { id, after } of steps) {
    behind.set(id, [...new Set(after.flatMap((before) => (isBarrier.has(before) ? (behind.get(before) ?? []) : [before])))]);
  }
  return behind;
}
