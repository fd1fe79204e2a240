/** Commands that Bookend prints, carried out as a person would paste them. */
import assert from 'node:assert/strict';
import type { Remedy } from '../../src/remedies/remedy.ts';
import { commandsOf } from '../../src/why/testing/flat.ts';
import type { Lab } from '../../tools/lab/lab.ts';

/** The words behind `kubectl` of a command that is quoted for a shell. */
export function kubectlWords(command: string | undefined): string[] {
  assert.match(command ?? '', /^kubectl /);
  const words = command?.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? [];
  return words.slice(1);
}

/** All commands of a remedy in their order, as they are printed. @throws when one fails, or there is none */
export async function runRemedy(lab: Lab, remedy: Remedy | undefined): Promise<void> {
  const commands = remedy ? commandsOf({ remedies: [remedy] }) : [];
  assert.ok(commands.length > 0, 'no remedy');
  for (const command of commands) await runPrinted(lab, command);
}

/** @throws when it is not one of kubectl, or fails */
export async function runPrinted(lab: Lab, command: string | undefined): Promise<void> {
  await lab.run('kubectl', kubectlWords(command));
}
