/** The program `bookend` and `kubectl bookend`: hands the arguments and this process over to the command line. */
import { runCommandLine } from './command-line.ts';
import { thisProcess } from './surroundings.ts';

process.exitCode = await runCommandLine(process.argv.slice(2), thisProcess());

// A connection that does not end by itself must not keep a finished command alive; the timer alone does not keep it alive either.
setTimeout(() => process.exit(), 1_000).unref();
