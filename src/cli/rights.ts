/** `bookend rights`: the least rights that a ClusterOperator's account, a hook or a team needs, ready to be applied, or checked against a cluster. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addRights: AddVerb = (program, run) => {
  const command = program
    .command('rights')
    .usage('[flags] -f FILE… | RELEASE -n NAMESPACE | CHART | clusteroperator/NAME')
    .description(
      'Print the least Roles, ClusterRoles and bindings that the account of a ClusterOperator, or of a hook that deletes with Bookend, needs.',
    )
    .argument('[what]', 'an installed Helm release, the directory or archive of a chart, or clusteroperator/NAME of a cluster')
    .option('-f, --filename <file>', 'file or directory of manifests, - for the standard input; may be repeated', collect)
    .option('-R, --recursive', 'with -f: the directories below too')
    .option(
      '--account <namespace/name>',
      'the ServiceAccount that is meant (default: what the ClusterOperator or the hook names)',
    )
    .option('--for <whom>', 'account: who does the work; team: who writes the ClusterOperator', 'account')
    .option('--subject <who>', 'with --for team: group:NAME, user:NAME or NAMESPACE/NAME of a ServiceAccount')
    .option(
      '--instances-in <namespace>',
      'where custom resources of CustomResourceDefinitions in a ClusterOperator are (default: anywhere); may be repeated',
      collect,
    )
    .option('--check', 'ask the cluster which of these rights are missing, and print only those');
  addChartFlags(command)
    .option('--live', 'for a chart or files: read from the cluster which kinds it serves')
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (surroundings) => {
        const { runRights } = await import('./rights/run-rights.ts');
        return runRights(what, called.optsWithGlobals(), surroundings);
      }),
    );
};

const helpAfter = `
The rights are read from a rehearsal: the operator, or the hook, runs on a simulated cluster, once for each thing that can go wrong on the way,
and whatever it asks of the API server is written down. Nothing is changed anywhere; only --check, --live, a release and clusteroperator/NAME
need a cluster. Outputs: yaml, which kubectl can apply, each rule with its reason; json, for programs.

Give an account what a ClusterOperator needs, then see that nothing is missing:
  bookend rights -f clusteroperator.yaml | kubectl apply -f -
  bookend rights -f clusteroperator.yaml --check

Let the group team-a write that ClusterOperator, and see what an installed one needs:
  bookend rights -f clusteroperator.yaml --for team --subject group:team-a | kubectl apply -f -
  bookend rights clusteroperator/node-agent

Ends with 0 when the rights are printed or, with --check, all there; with 4 when --check finds some missing; with 2 when the input is not valid
or has no ClusterOperator and no such hook; with 3 when the release or the ClusterOperator does not exist.`;
