/** The plan in words, one line a step, for the command line and the documentation. */
import { describeRef } from '../objects/identity.ts';
import { layersOf } from './layers.ts';
import type { Plan, PlanStep } from './plan.ts';

/**
 * Lines such as `  2  ServiceAccount node-agent/agent  (after DaemonSet node-agent/agent)`, numbered by wave.
 *
 * @param options.showAtMost How many names to give for what a step waits for; the rest is counted. Default 3.
 */
export function describePlan(plan: Plan, options: { showAtMost?: number } = {}): string[] {
  const { waves, kept } = layersOf(plan);
  const names = new Map(plan.steps.map((step) => [step.id, nameOf(step)]));
  const width = String(waves.length).length;
  const indent = ' '.repeat(width + 2);
  const lines = waves.flatMap((wave, index) =>
    wave.map((step, at) => {
      const number = at === 0 ? `${String(index + 1).padStart(width)}  ` : indent;
      const waits = step.after.map((id) => names.get(id) ?? id);
      return `${number}${nameOf(step)}${notes(step, waits, options.showAtMost ?? 3)}`;
    }),
  );
  if (kept.length === 0) return lines;
  return [...lines, 'kept', ...kept.map((step) => `${indent}${nameOf(step)}  (${step.reason ?? 'kept'})`)];
}

function notes(step: PlanStep, waits: string[], showAtMost: number): string {
  const parts: string[] = [];
  if (step.mode === 'await') parts.push(`not ours, waited for: ${step.reason ?? 'it needs ours'}`);
  if (waits.length > 0) {
    const more = waits.length - showAtMost;
    parts.push(`after ${waits.slice(0, showAtMost).join(', ')}${more > 0 ? ` and ${more} more` : ''}`);
  }
  return parts.length > 0 ? `  (${parts.join('; ')})` : '';
}

function nameOf(step: PlanStep): string {
  return step.mode === 'barrier' ? `all of component ${step.ref.name}` : describeRef(step.ref);
}
