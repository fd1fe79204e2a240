/** `bookend why`: explains what holds an object that does not go. It only reads. */
import type { AddVerb } from './verb.ts';

export const addWhy: AddVerb = (program, run) => {
  program
    .command('why')
    .usage('[flags] KIND/NAME | KIND NAME')
    .description('Explain why an object is stuck in Terminating.')
    .argument('<what...>', 'kind (plural, singular or short name, with or without group) and name')
    .option('--depth <number>', 'maximum length of the chain', '8')
    .option('--try', 'also send the deletion, or the removal of the first finalizer, to the API server as a dry run (dryRun=All)')
    .addHelpText('after', helpAfter)
    .action((what: string[], _, command) =>
      run(async (invocation) => (await import('./why/run-why.ts')).runWhy(what, command.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
Examples:
  bookend why widget/one -n shop
  bookend why namespace shop --try

Bookend changes nothing and runs none of the commands that it prints. Without --try it sends no write request.
It lists what it may not read.

Exit codes: 0 not being deleted, or going by itself; 7 blocked; 3 not found; 2 bad input, 4 forbidden, 6 unreachable,
70 fault in Bookend.`;
