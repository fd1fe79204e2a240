/** `bookend preview`: shows what an uninstall will do, on a simulated cluster. It only reads. */
import { addChartFlags, addReportFlags, addSourceFlags } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addPreview: AddVerb = (program, run) => {
  const command = program
    .command('preview')
    .usage('[flags] RELEASE -n NAMESPACE | CHART | -f FILE… | --namespace-delete NAMESPACE')
    .description('Preview an uninstall on a simulated cluster.');
  addSourceFlags(command)
    .option('--namespace-delete <name>', 'preview the deletion of this namespace; with a chart or files: as if they were in it')
    .option('--with <tool>', 'tool that deletes: helm4, helm3, kubectl, argocd, flux or bookend (default: automatic)')
    .option('--wait', "Helm's --wait")
    .option('--no-hooks', "Helm's --no-hooks")
    .option('--timeout <duration>', "Helm's --timeout", '5m');
  addChartFlags(command).option('--live', 'for a chart or files: also read the live cluster');
  addReportFlags(command)
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (invocation) =>
        (await import('./preview/run-preview.ts')).runPreview(what, called.optsWithGlobals(), invocation),
      ),
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
