/** `bookend lint`: previews charts and files without a cluster, for checks before a commit and in CI. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addLint: AddVerb = (program, run) => {
  const command = program
    .command('lint')
    .usage('[flags] PATH… | -f FILE…')
    .description('Find faults in the uninstall of charts and manifests.')
    .argument('[paths...]', 'charts (directories or archives), each checked separately; manifests, checked together')
    .option('-f, --filename <file>', 'file or directory of manifests, or - for standard input; may be repeated', collect)
    .option('-R, --recursive', 'read subdirectories too, and find the charts in them')
    .option('--with <tool>', 'tool that deletes: helm4, helm3, kubectl, argocd, flux or bookend (default: automatic)');
  addChartFlags(command)
    .option('--output-file <file>', 'write the report to this file, and the verdict to standard error')
    .option('--sarif-file <file>', 'also write a SARIF report to this file')
    .option('--fail-on <severity>', 'lowest severity that gives exit code 1: error, warning, note or never', 'error')
    .option('--seed <number>', 'seed of the simulated cluster; the same seed gives the same result', '1')
    .addHelpText('after', helpAfter)
    .action((paths: string[], _, called) =>
      run(async (invocation) => {
        const { runLint } = await import('./lint/run-lint.ts');
        return runLint(paths, called.optsWithGlobals(), invocation);
      }),
    );
};

const helpAfter = `
Examples:
  bookend lint ./agent
  bookend lint -R deploy --fail-on warning --sarif-file bookend.sarif

Outputs: text, json, sarif; for one chart also html and mermaid. docs/reference/preview.schema.json describes json of
one chart, docs/reference/lint.schema.json that of several. Values apply to every chart.
An unreadable chart does not stop the others.

Exit codes: 0 nothing found, 1 findings (see --fail-on), 2 any error, 70 fault in Bookend.`;
