import type { AddVerb } from './verb.ts';

export const addStatus: AddVerb = (program, run) => {
  program
    .command('status')
    .usage('[flags] [NAME]')
    .description('Show the ClusterOperators; with NAME its objects, during a teardown in their order.')
    .argument('[name]', 'one ClusterOperator')
    .option('-w, --watch', 'with NAME: go on showing it until it is gone')
    .action((name: string | undefined, _, command) =>
      run(async (surroundings) => {
        const { runStatus } = await import('./status/run-status.ts');
        return runStatus(name, command.optsWithGlobals(), surroundings);
      }),
    );
};
