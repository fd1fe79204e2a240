/** What tests ask of an explanation: the sentences of all links of its chains, and the commands in reading order. */
import { commandText } from '../../remedies/remedy.ts';
import { allOf, type Blocker } from '../blocker.ts';

export function saidIn(blockers: readonly Blocker[]): string[] {
  return allOf(blockers).map(({ says }) => says);
}

/** Every command, of looks too, as text. */
export function commandsIn(blockers: readonly Blocker[]): string[] {
  return allOf(blockers).flatMap(commandsOf);
}

export function commandsOf({ remedies }: Pick<Blocker, 'remedies'>): string[] {
  return remedies.flatMap(({ steps }) => steps.flatMap((step) => (step.do === 'run' ? [commandText(step)] : [])));
}
