/**
 * Commands of remedies as they are printed: read back as a shell reads them, and with the shell that they are run in.
 */
import type { Connection, SimulatedCluster } from '../../cluster/simulated/index.ts';
import { printedWords } from '../../knowledge/printed-command.ts';
import { unexplainedIn } from '../placeholders.ts';
import { type CommandStep, commandText } from '../remedy.ts';
import { type CommandLine, readCommand } from './command-line.ts';
import type { Shell } from './kubectl-run.ts';
import { shellOn } from './shell.ts';

/** @returns the parts of the command, or why it cannot be run, in words */
export function readPrinted(step: CommandStep): CommandLine | string {
  const placeholder = unexplainedIn(step);
  if (placeholder !== undefined) return `what to put for ${placeholder} is not said`;
  const text = commandText(step);
  const words = printedWords(text);
  if (words === undefined || words.some((word, index) => word !== step.argv[index]) || words.length !== step.argv.length)
    return `a shell reads something else than was meant: ${text}`;
  return readCommand(words);
}

/**
 * As strict as kubectl about what it is given, and in a namespace with nothing in it: nobody knows the current one of
 * the reader.
 */
export function printedShell(simulated: SimulatedCluster, connection: Connection): Shell {
  return { ...shellOn(simulated, connection, nowhere), isStrict: true };
}

/** No namespace can have this name. */
const nowhere = 'current.namespace';

/** Whether a patch takes all finalizers of an object at once, also those that another controller added meanwhile. */
export function stripsFinalizers({ argv }: CommandStep): boolean {
  return argv.some((word) => stripping.test(word));
}

const stripping = /"finalizers"\s*:\s*(null|\[)|"(remove|replace)"\s*,\s*"path"\s*:\s*"\/metadata\/finalizers"/;
