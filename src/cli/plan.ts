/** `bookend plan`: shows which objects need which, and the order in which they can be deleted. It only reads. */
import { addChartFlags, addSourceFlags, collect, otherExitCodes } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addPlan: AddVerb = (program, run) => {
  const command = program
    .command('plan')
    .usage('[flags] RELEASE -n NAMESPACE | CHART | -f FILE… | --namespace-delete NAMESPACE | --everything')
    .description('Show the order of a deletion, and what needs what.');
  addSourceFlags(command)
    .option('--namespace-delete <name>', 'everything in this namespace, and what needs it')
    .option('--everything', 'the whole live cluster')
    .option(
      '--of <kind/name>',
      'only what needs this object and what it needs; may be repeated. Alone: in the whole live cluster',
      collect,
    )
    .option('--explain', 'show each edge with the fields that prove it');
  addChartFlags(command)
    .option('--live', 'for a chart or files: also read the live cluster')
    .addHelpText('after', helpAfter)
    .action((what: string | undefined, _, called) =>
      run(async (invocation) => (await import('./plan/run-plan.ts')).runPlan(what, called.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
Examples:
  bookend plan agent -n shop --explain
  bookend plan --of secret/token -n shop
  bookend plan -f manifests/ -o dot

Outputs: text, json, mermaid, dot. For 200 live objects or more, text is a summary; --explain and json list everything.
A ClusterOperator counts as the objects of its components. KIND/NAME uses the namespace of -n;
KIND/NAMESPACE/NAME names another one.
Bookend only reads a live cluster. Charts and files need no cluster.
Your own helm renders charts: HELM_BIN, or the first of helm, helm4 and helm3 on the PATH.

Exit codes: 0 success, ${otherExitCodes}.`;
