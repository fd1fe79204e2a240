/** `bookend status`: lists ClusterOperators, or the objects of one. */
import { otherExitCodes } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addStatus: AddVerb = (program, run) => {
  program
    .command('status')
    .usage('[flags] [NAME]')
    .description('List ClusterOperators, or the objects of one.')
    .argument('[name]', 'name of a ClusterOperator')
    .option('-w, --watch', 'with NAME: update until it is gone')
    .addHelpText('after', helpAfter)
    .action((name: string | undefined, _, command) =>
      run(async (invocation) => (await import('./status/run-status.ts')).runStatus(name, command.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
Examples:
  bookend status
  bookend status node-agent --watch

During a teardown the objects are listed in the order of their deletion.

Exit codes: 0 success, ${otherExitCodes}.`;
