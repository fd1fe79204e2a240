/** `bookend preview`: shows what an uninstall will do, on a simulated cluster. It only reads. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addPreview: AddVerb = (program, run) => {
  const command = program
    .command('preview')
    .usage('[flags] RELEASE -n NAMESPACE | CHART | -f FILE… | --namespace-delete NAMESPACE')
    .description('Preview an uninstall on a simulated cluster.')
    .argument('[what]', 'an installed Helm release, or the directory or archive of a chart')
    .option('-f, --filename <file>', 'file or directory of manifests, or - for standard input; may be repeated', collect)
    .option('-R, --recursive', 'with -f: read subdirectories too')
    .option('--namespace-delete <name>', 'preview the deletion of this namespace')
    .option('--with <tool>', 'tool that deletes: helm4, helm3, kubectl, argocd, flux or bookend (default: automatic)')
    .option('--wait', "Helm's --wait")
    .option('--no-hooks', "Helm's --no-hooks")
    .option('--timeout <duration>', "Helm's --timeout", '5m');
  addChartFlags(command)
    .option('--live', 'for a chart or files: also read the live cluster')
    .option('--output-file <file>', 'write the report to this file, and the verdict to standard error')
    .option('--sarif-file <file>', 'also write a SARIF report to this file')
    .option('--fail-on <severity>', 'lowest severity that gives exit code 1: error, warning, note or never', 'error')
    .option('--seed <number>', 'seed of the simulated cluster; the same seed gives the same result', '1')
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (invocation) => {
        const { runPreview } = await import('./preview/run-preview.ts');
        return runPreview(what, called.optsWithGlobals(), invocation);
      }),
    );
};

const helpAfter = `
Examples:
  bookend preview agent -n shop
  bookend preview ./agent --with helm3 -o html --output-file report.html
  bookend preview -f manifests/ --with kubectl

Outputs: text, json, sarif, html, mermaid. docs/reference/preview.schema.json describes json.
Bookend only reads a live cluster. Charts and files need no cluster.
Your own helm renders charts: HELM_BIN, or the first of helm, helm4 and helm3 on the PATH.

Exit codes: 0 nothing found, 1 findings (see --fail-on), 2 any error, 70 fault in Bookend.`;
