/**
 * The plan as waves, for showing: what could go side by side. The teardown itself has no waves, every step goes as soon
 * as it may.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { Plan, PlanStep } from './plan.ts';

export type Layers = {
  /** Each wave waits for something in the one before it. */
  waves: PlanStep[][];
  kept: PlanStep[];
};

export function layersOf(plan: Plan): Layers {
  const waveOf = new Map<ObjectId, number>();
  const waves: PlanStep[][] = [];
  const kept: PlanStep[] = [];
  for (const step of plan.steps) {
    if (step.mode === 'keep') {
      kept.push(step);
      continue;
    }
    const before = step.after.reduce((latest, id) => Math.max(latest, waveOf.get(id) ?? -1), -1);
    // A barrier stands in the wave of the last that it waits for: passing it takes no time.
    const wave = step.mode === 'barrier' ? before : before + 1;
    waveOf.set(step.id, wave);
    if (step.mode === 'barrier') continue;
    const members = waves[wave] ?? [];
    members.push(step);
    waves[wave] = members;
  }
  return { waves, kept };
}
