/** `bookend lint`: the preview of a chart or of files alone, for checks before a commit and in CI. Needs no cluster. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addLint: AddVerb = (program, run) => {
  const command = program
    .command('lint')
    .usage('[flags] PATH… | -f FILE…')
    .description('Find what will go wrong when charts or manifests are uninstalled. Needs no cluster.')
    .argument(
      '[paths...]',
      'directories and archives of charts, each judged by itself; files and directories of manifests, judged together',
    )
    .option('-f, --filename <file>', 'file or directory of manifests, - for the standard input; may be repeated', collect)
    .option('-R, --recursive', 'the directories below too, and the charts in them')
    .option('--with <tool>', 'who deletes: helm4, helm3, kubectl, argocd, flux or bookend (default: what fits)');
  addChartFlags(command)
    .option('--output-file <file>', 'write the report there, and the verdict to the standard error')
    .option('--sarif-file <file>', 'write a SARIF report there too, whatever --output prints')
    .option(
      '--fail-on <severity>',
      'end with 1 for findings of this severity or a worse one: error, warning, note or never',
      'error',
    )
    .option('--seed <number>', 'of the simulated cluster: the same seed gives the same play', '1')
    .addHelpText(
      'after',
      `
Outputs: text, json, sarif; of one chart also html and mermaid. json of one is described by docs/reference/preview.schema.json, of several by
docs/reference/lint.schema.json. Values are for every chart. What cannot be looked at keeps none of the others from it.
Ends with 0 when nothing was found, with 1 for findings (see --fail-on), with 2 when it could not look.`,
    )
    .action((paths: string[], _, called) =>
      run(async (surroundings) => {
        const { runLint } = await import('./lint/run-lint.ts');
        return runLint(paths, called.optsWithGlobals(), surroundings);
      }),
    );
};
