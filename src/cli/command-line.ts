/**
 * Wires the verbs together and turns whatever happens into an exit code. The verbs' own code is only loaded when one is
 * called, so that `--help` and `version` answer at once.
 */
import { Command, CommanderError } from 'commander';
import { BookendError } from '../errors.ts';
import { version } from './build.ts';
import { addDelete } from './delete.ts';
import { addGlobalFlags, otherExitCodes } from './flags.ts';
import type { Invocation } from './invocation.ts';
import { addLint } from './lint.ts';
import { addOperator } from './operator.ts';
import { addPlan } from './plan.ts';
import { addPreview } from './preview.ts';
import { addResidue } from './residue.ts';
import { addRights } from './rights.ts';
import { addShare } from './share.ts';
import { asBookendError, errorDocument, errorText } from './show-error.ts';
import { addStatus } from './status.ts';
import { forProgram, forTerminal } from './terminal.ts';
import { addUninstall } from './uninstall.ts';
import type { AddVerb, ExitCode, RunVerb } from './verb.ts';
import { addVersion } from './version.ts';
import { addWhy } from './why.ts';

/** Every verb. docs/reference/cli.md is generated from what they add. */
export const verbs: readonly AddVerb[] = [
  addPreview,
  addLint,
  addUninstall,
  addDelete,
  addPlan,
  addResidue,
  addRights,
  addShare,
  addStatus,
  addWhy,
  addOperator,
  addVersion,
];

/**
 * @param args without the program's own name
 * @returns the exit code: 0, that of the error's code (src/errors.ts), or 128 plus the number of the signal that ended
 * it
 */
export async function runCommandLine(args: string[], given: Invocation): Promise<ExitCode> {
  const invocation = withStoredReads(withSafeOutput(given));
  let exitCode: ExitCode = 0;
  const program = makeProgram(invocation, async (work) => {
    exitCode = await work(invocation);
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'commander.help') {
      // Called without a verb.
      invocation.out(program.helpInformation());
      return 0;
    }
    return failed(error, args, invocation);
  }
}

/** No verb writes past this. */
function withSafeOutput(invocation: Invocation): Invocation {
  const { out, err, watched } = invocation;
  return {
    ...invocation,
    out: (text, as) => out(as === 'for programs' && !watched ? forProgram(text) : forTerminal(text)),
    err: (text) => err(forTerminal(text)),
  };
}

/** Every verb reads custom resources although their conversion webhook may be dead. */
function withStoredReads(invocation: Invocation): Invocation {
  return {
    ...invocation,
    connect: async (flags) => {
      const [connected, { storedReads }] = await Promise.all([invocation.connect(flags), import('../cluster/stored-reads.ts')]);
      return { ...connected, cluster: storedReads(connected.cluster) };
    },
  };
}

function makeProgram(invocation: Invocation, run: RunVerb): Command {
  const { programName, out, size } = invocation;
  const program = addGlobalFlags(new Command(programName))
    .description('Preview the uninstall of a Kubernetes workload, and delete objects in the order in which they need each other.')
    .exitOverride()
    .configureOutput({
      writeOut: out,
      writeErr: () => {},
      outputError: () => {},
      getOutHelpWidth: () => Math.min(120, size().columns),
    })
    .configureHelp({ showGlobalOptions: true })
    .version(`bookend ${version}`, '--version', 'print the version of Bookend')
    .addHelpText(
      'after',
      `\nExamples:\n  ${programName} preview agent -n shop\n  ${programName} why widget/one -n shop\n\nExit codes: 0 success, 1 findings of preview and lint, or residue, ${otherExitCodes},\n7 blocked, 8 timed out, 130 and 143 ended by SIGINT and SIGTERM.`,
    )
    .helpCommand(true);
  for (const add of verbs) add(program, run);
  return program;
}

function failed(error: unknown, args: string[], { err, programName }: Invocation): ExitCode {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  const ours = error instanceof CommanderError ? usageError(error, args, programName) : asBookendError(error);
  err(`${wantsJson(args) ? JSON.stringify(errorDocument(ours)) : errorText(ours)}\n`);
  return ours.exitCode;
}

/** Commander's own words, such as `error: unknown option '--al' (Did you mean --all?)`. */
function usageError(error: CommanderError, args: string[], programName: string): BookendError {
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
  const verb = args.find((arg) => verbNames().has(arg));
  const advice = `Run: ${[programName, verb, '--help'].filter((word) => word !== undefined).join(' ')}`;
  return new BookendError('bad-input', message, { advice, cause: error });
}

function verbNames(): Set<string> {
  const program = new Command();
  for (const add of verbs) add(program, async () => {});
  return new Set(program.commands.map((command) => command.name()));
}

/** Also known when the arguments cannot be understood as a whole. */
function wantsJson(args: string[]): boolean {
  return args.some(
    (arg, index) => /^(-o=?|--output=)json$/.test(arg) || (arg === 'json' && ['-o', '--output'].includes(args[index - 1] ?? '')),
  );
}
