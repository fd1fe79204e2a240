/**
 * The program `bookend` and `kubectl bookend`: passes the arguments and the process to the command line.
 */
import { endOnBrokenOutput } from './broken-output.ts';
import { runCommandLine } from './command-line.ts';
import { thisProcess } from './invocation.ts';

endOnBrokenOutput({ stdout: process.stdout, stderr: process.stderr, exit: (code) => process.exit(code) });
process.exitCode = await runCommandLine(process.argv.slice(2), thisProcess());

// A connection that does not end by itself must not keep a finished command alive; the timer alone does not keep it
// alive either. Output comes first: a pager reads it when a person does.
setTimeout(() => process.stdout.write('', () => process.stderr.write('', () => process.exit())), 1_000).unref();
