/**
 * `bookend uninstall`: uninstalls Helm releases, what files name, or a whole namespace, in the order in which the
 * objects need each other.
 */
import { addFileFlags, collect, otherExitCodes } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addUninstall: AddVerb = (program, run) => {
  addFileFlags(
    program
      .command('uninstall')
      .usage('[flags] RELEASE… -n NAMESPACE | -f FILE… | --namespace-delete NAMESPACE')
      .description('Uninstall Helm releases, what files name, or a whole namespace, in order, and wait until everything is gone.')
      .argument('[release...]', 'installed Helm releases of one namespace'),
  )
    .option('--namespace-delete <name>', 'delete everything in this namespace in order, then the namespace')
    .option('-y, --yes', 'do not ask for confirmation; required without a terminal')
    .option('--dry-run', 'print what would be deleted, and in which order; delete nothing')
    .option(
      '--custom-resources <delete|keep>',
      'custom resources that others made: delete them first, or keep them with the operator and what else they need (default: stop and list them)',
    )
    .option('--claims <delete>', 'with --namespace-delete: PersistentVolumeClaims in it go too (default: stop and list them)')
    .option(
      '--releases <delete>',
      'with --namespace-delete: Helm releases in it go too, without their hooks and without what they have elsewhere (default: stop and list them)',
    )
    .option(
      '--also <kind/name>',
      'with --namespace-delete: an object without a namespace that goes too; may be repeated',
      collect,
    )
    .option('--crds <keep|delete>', "CustomResourceDefinitions of the chart's crds/ directory, which Helm never deletes", 'keep')
    .option('--keep-history', 'keep the history of the release, as with helm uninstall')
    .option('--no-hooks', 'do not run the hooks of the chart')
    .option('--hook-timeout <duration>', 'maximum time for one hook', '5m')
    .option('--timeout <duration>', 'maximum time for the whole command, such as 10m; 0: unlimited', '0')
    .option('--object-timeout <duration>', 'maximum time for one object', '10m')
    .option('--on-timeout <Stop|Continue|Force>', 'what to do if an object is not gone in time; Force may lose clean-up', 'Stop')
    .option('--ignore-not-found', 'do not fail if it does not exist')
    .option('--check-reinstall', 'also ask the API server whether it would accept the same release again')
    .addHelpText('after', helpAfter)
    .action((releases: string[], _, command) =>
      run(async (invocation) =>
        (await import('./uninstall/run-uninstall.ts')).runUninstall(releases, command.optsWithGlobals(), invocation),
      ),
    );
};

const helpAfter = `
Examples:
  bookend uninstall agent -n shop --dry-run
  bookend uninstall agent -n shop
  bookend uninstall widgets operator -n shop --custom-resources delete --yes
  bookend uninstall -f manifests/ --dry-run
  kubectl kustomize overlay/ | bookend uninstall -f - --yes
  bookend uninstall --namespace-delete shop --dry-run

The order: pre-delete hooks, custom resources before their operator, Pods before their permissions, webhooks before their
backends, post-delete hooks, then the history of the release. Several releases go in the reverse of the order in which
they need each other. PersistentVolumeClaims that no manifest names stay.
Bookend keeps the order in the Secret bookend.uninstall.RELEASE beside the release; for -f in the current namespace, for
--namespace-delete in namespace default, or where -n says. After Ctrl-C, a crash or a lost API server the same command
continues.
Bookend checks the permissions before it deletes anything.

At the end Bookend compares the cluster with what it was before, and prints a receipt: what is gone, what was kept and
by whose wish, what is left behind and how to remove it.
docs/reference/receipt.schema.json describes -o json, docs/reference/overview.schema.json --dry-run -o json.

Exit codes: 0 clean, 1 something is left behind, 10 clean as far as seen, 7 blocked, 8 timed out, ${otherExitCodes},
130 and 143 ended by SIGINT and SIGTERM.`;
