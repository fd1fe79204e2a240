/** `bookend lint`: previews charts and files without a cluster, for checks before a commit and in CI. */
import { addChartFlags, addFileFlags, addReportFlags } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addLint: AddVerb = (program, run) => {
  const command = program
    .command('lint')
    .usage('[flags] PATH… | -f FILE…')
    .description('Find faults in the uninstall of charts and manifests.')
    .argument('[paths...]', 'charts (directories or archives), each checked separately; manifests, checked together');
  addFileFlags(command, 'read subdirectories too, and find the charts in them').option(
    '--with <tool>',
    'tool that deletes: helm4, helm3, kubectl, argocd, flux or bookend (default: automatic)',
  );
  addReportFlags(addChartFlags(command))
    .option('--explain <rule>', 'print what a rule means, with examples, and end')
    .addHelpText('after', helpAfter)
    .action((paths: string[], _, called) =>
      run(async (invocation) => (await import('./lint/run-lint.ts')).runLint(paths, called.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
Examples:
  bookend lint ./agent
  bookend lint -R deploy --fail-on warning --sarif-file bookend.sarif
  bookend lint --explain hook-breaks-retry

Outputs: text, json, sarif; for one chart also html and mermaid. docs/reference/preview.schema.json describes json of
one chart, docs/reference/lint.schema.json that of several. Values apply to every chart.
An unreadable chart does not stop the others.

Exit codes: 0 nothing found, 1 findings (see --fail-on), 2 any error, 70 fault in Bookend.`;
