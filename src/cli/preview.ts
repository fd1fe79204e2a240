/** `bookend preview`: what will happen when this is uninstalled, played on a simulated cluster. Reads, and changes nothing. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addPreview: AddVerb = (program, run) => {
  const command = program
    .command('preview')
    .usage('[flags] RELEASE -n NAMESPACE | CHART | -f FILE… | --namespace-delete NAMESPACE')
    .description(
      'Show what an uninstall will do, played on a simulated cluster. A live cluster is only read; charts and files need none.',
    )
    .argument('[what]', 'an installed Helm release, or the directory or archive of a chart')
    .option('-f, --filename <file>', 'file or directory of manifests, - for the standard input; may be repeated', collect)
    .option('-R, --recursive', 'with -f: the directories below too')
    .option('--namespace-delete <name>', 'the deletion of this namespace')
    .option('--with <tool>', 'who deletes: helm4, helm3, kubectl, argocd, flux or bookend (default: what fits)')
    .option('--wait', "Helm's --wait")
    .option('--no-hooks', "Helm's --no-hooks")
    .option('--timeout <duration>', "Helm's --timeout", '5m');
  addChartFlags(command)
    .option('--live', 'for a chart or files: read from the cluster what surrounds them')
    .option('--output-file <file>', 'write the report there, and the verdict to the standard error')
    .option('--sarif-file <file>', 'write a SARIF report there too, whatever --output prints')
    .option(
      '--fail-on <severity>',
      'end with 1 for findings of this severity or a worse one: error, warning, note or never',
      'error',
    )
    .option('--seed <number>', 'of the simulated cluster: the same seed gives the same play', '1')
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (surroundings) => {
        const { runPreview } = await import('./preview/run-preview.ts');
        return runPreview(what, called.optsWithGlobals(), surroundings);
      }),
    );
};

const helpAfter = `
Outputs: text, json, sarif, html, mermaid. json is described by docs/reference/preview.schema.json.
Ends with 0 when nothing was found, with 1 for findings (see --fail-on), with 2 when it could not look.
Charts are rendered by your own helm: HELM_BIN, or the first of helm, helm4 and helm3 on the PATH.`;
