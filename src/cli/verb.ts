/** The interface of a verb: a function that adds it to the command line, and one that runs it. */
import type { Command } from 'commander';
import type { Invocation } from './invocation.ts';

/**
 * How the program ends: 0, the code of an error (src/errors.ts), or 128 plus the number of the signal that ended it.
 */
export type ExitCode = number;

/** Carries a verb out. Whatever it throws ends the program as src/errors.ts says. */
export type RunVerb = (work: (invocation: Invocation) => Promise<ExitCode>) => Promise<void>;

/**
 * Adds a verb with its flags. The file that does so stays light: it loads what the verb needs only when it is called.
 */
export type AddVerb = (program: Command, run: RunVerb) => void;
