/** `bookend plan`: in which order objects would be taken down, what needs what, and why. Works on files alone, without any cluster; a live one is only read. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addPlan: AddVerb = (program, run) => {
  const command = program
    .command('plan')
    .usage('[flags] RELEASE -n NAMESPACE | CHART | -f FILE… | --namespace-delete NAMESPACE | --everything')
    .description(
      'Show what needs what, the order in which it would be taken down, and the fields that prove it. A live cluster is only read; charts and files need none.',
    )
    .argument('[what]', 'an installed Helm release, or the directory or archive of a chart')
    .option('-f, --filename <file>', 'file or directory of manifests, - for the standard input; may be repeated', collect)
    .option('-R, --recursive', 'with -f: the directories below too')
    .option('--namespace-delete <name>', 'what is in this namespace, and what needs it')
    .option('--everything', 'the whole live cluster')
    .option(
      '--of <kind/name>',
      'only what needs this object and what it needs, directly or not; may be repeated. Alone: in the whole live cluster',
      collect,
    )
    .option('--explain', 'show the evidence for each edge');
  addChartFlags(command)
    .option('--live', 'for a chart or files: read from the cluster what surrounds them')
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (surroundings) => {
        const { runPlan } = await import('./plan/run-plan.ts');
        return runPlan(what, called.optsWithGlobals(), surroundings);
      }),
    );
};

const helpAfter = `
Outputs: text, json, mermaid, dot. A ClusterOperator stands for the objects of its components.
KIND/NAME takes the namespace from -n, and may be KIND/NAMESPACE/NAME. Of a large cluster text is a summary; --explain and json have all.
Charts are rendered by your own helm: HELM_BIN, or the first of helm, helm4 and helm3 on the PATH.`;
