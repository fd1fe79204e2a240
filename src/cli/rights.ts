/** `bookend rights`: prints or checks the least permissions of a ClusterOperator's account, a hook or a team. */
import { addChartFlags, addFileFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addRights: AddVerb = (program, run) => {
  const command = program
    .command('rights')
    .usage('[flags] -f FILE… | RELEASE -n NAMESPACE | CHART | clusteroperator/NAME')
    .description('Print the least RBAC for a ClusterOperator or a hook.')
    .argument('[what]', 'Helm release, chart directory or archive, or clusteroperator/NAME in the cluster');
  addFileFlags(command)
    .option('--release <name>', 'installed Helm release, where a directory has its name')
    .option('--account <namespace/name>', 'ServiceAccount (default: that of the ClusterOperator or the hook)')
    .option(
      '--for <account|team>',
      'account: the ServiceAccount that does the work; team: the people who write the ClusterOperator',
      'account',
    )
    .option('--subject <who>', 'with --for team: group:NAME, user:NAME, or NAMESPACE/NAME of a ServiceAccount')
    .option(
      '--instances-in <namespace>',
      'namespace of the custom resources, if the ClusterOperator contains CustomResourceDefinitions (default: all); may be repeated',
      collect,
    )
    .option('--check', 'print only the permissions that the cluster reports as missing');
  addChartFlags(command)
    .option('--live', 'for a chart or files: read the kinds that the cluster serves')
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (invocation) => (await import('./rights/run-rights.ts')).runRights(what, called.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
Examples:
  Grant the account of a ClusterOperator what it needs, then check that nothing is missing:
    bookend rights -f clusteroperator.yaml | kubectl apply -f -
    bookend rights -f clusteroperator.yaml --check
  Let the group team-a write that ClusterOperator:
    bookend rights -f clusteroperator.yaml --for team --subject group:team-a | kubectl apply -f -
  Print what an installed ClusterOperator needs:
    bookend rights clusteroperator/node-agent

Outputs: yaml for kubectl, with a reason for each rule; json for programs.
Bookend runs the operator or the hook on a simulated cluster, once for each failure that can occur, and records every
request to the API server. It changes nothing. Only --check, --live, a release and clusteroperator/NAME need a cluster.

Exit codes: 0 printed, or nothing missing with --check; 4 permissions missing with --check; 2 bad input, or no ClusterOperator and
no hook in the input; 3 release or ClusterOperator not found; 6 unreachable, 70 fault in Bookend.`;
