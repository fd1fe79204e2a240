import type { AddVerb } from './verb.ts';

export const addWhy: AddVerb = (program, run) => {
  program
    .command('why')
    .usage('[flags] KIND/NAME | KIND NAME')
    .description(
      'Show what holds an object that does not go: the chain, what shows it, which command would help and what that would lose.',
    )
    .argument('<what...>', 'kind (plural, singular, short name, with or without group) and name')
    .option('--depth <number>', 'show so many links of the chain', '8')
    .option(
      '--try',
      'ask the API server too: send the deletion, or the removal of the first finalizer, as a dry run that stores nothing (dryRun=All)',
    )
    .addHelpText(
      'after',
      `
It changes nothing, and runs none of the commands that it shows. Without --try it sends no write at all. What may not be read is named.
Ends with 0 when the object is not being deleted or is on its way, with 7 when something holds it that will not go by itself, with 3 when
it does not exist.`,
    )
    .action((what: string[], _, command) =>
      run(async (surroundings) => {
        const { runWhy } = await import('./why/run-why.ts');
        return runWhy(what, command.optsWithGlobals(), surroundings);
      }),
    );
};
