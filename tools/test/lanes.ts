/** Which stages run at the same time: those that may run beside another one, when that one runs. Pure. */
import type { Stage } from './stages.ts';

/** Both at the same time, each list in its order. */
export type Lanes<S> = { alone: S[]; beside: S[] };

/**
 * @param stages in their order
 * @param together whether two clusters may run at once
 */
export function lanesOf<S extends Pick<Stage, 'name' | 'beside'>>(stages: readonly S[], together: boolean): Lanes<S>[] {
  const names = new Set(together ? stages.map(({ name }) => name) : []);
  const waits = ({ beside }: S) => beside !== undefined && names.has(beside);
  return stages
    .filter((stage) => !waits(stage))
    .map((stage) => ({
      alone: [stage],
      beside: stages.filter((each) => waits(each) && each.beside === stage.name),
    }));
}
