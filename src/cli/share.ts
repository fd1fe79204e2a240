/** `bookend share`: adds shared directories to Pod templates. It reads files; it asks a cluster only on request. */
import { collect, defaultSeedImage } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addShare: AddVerb = (program, run) => {
  program
    .command('share')
    .usage('[flags] -f FILE… SHARE…')
    .description('Add directories that containers of a Pod share to manifests.')
    .argument('[shares...]', 'such as "app:/srv/www -> nginx:/html:ro", or "app:/cache, worker:/cache" for an empty directory')
    .option('-f, --filename <file>', 'files or directories of manifests, - for the standard input; may be repeated', collect)
    .option('-R, --recursive', 'also read subdirectories')
    .option('--mode <auto|scratch|copy|image>', 'default mode of shares (default: auto)')
    .option('--name <name>', 'name of the share, if there is only one (default: from its source)')
    .option('--medium <Memory>', 'default medium of shares: keep the files in memory')
    .option('--size-limit <quantity>', 'default size limit of shares, such as 64Mi')
    .option('--from-annotations', 'also apply the shares in annotations share.bookend.dev/NAME of Pod templates')
    .option('--list', 'list the shares of the workloads')
    .option('--remove <name>', 'remove the share with this name; may be repeated', collect)
    .option('--workload <kind/name>', 'only change these workloads, such as deployment/web; may be repeated', collect)
    .option('-l, --selector <labels>', 'only change workloads with these labels')
    .option('--template-path <path>', 'path of the Pod template in an unknown kind, such as spec.jobTargetRef.template')
    .option('-i, --in-place', 'change the files and print no manifests')
    .option('--diff', 'print the changes as a unified diff')
    .option('--explain', 'print the mode of each share, the reason, and the cost in space and start time')
    .option('-q, --quiet', 'print no summary on standard error')
    .option('--cluster', 'read from the cluster whether image volumes work; implied by --context and --kubeconfig')
    .option('--probe', 'test image volumes with a Pod in each pool of nodes that was not tested, in the namespace of -n')
    .option('--seed-image <reference>', 'image of the tool that copies files', defaultSeedImage)
    .addHelpText('after', helpAfter)
    .action((shares: string[], _, command) =>
      run(async (invocation) => (await import('./share/run-share.ts')).runShare(shares, command.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
A share: [NAME =] [SOURCE ->] CONTAINER:PATH[:ro], … [; OPTION=VALUE] …
  SOURCE is CONTAINER:PATH or image(REFERENCE):PATH. Without a source the directory starts empty.
  mode=auto|scratch|copy|image     where the files come from
  type=File|Directory              type of the source, if its name does not tell
  sizeLimit=64Mi, medium=Memory    of the directory
  chown=1000:1000, chmod=g+rwX     owner and mode of the copied files
  owners=keep                      keep the owners of the image
  resources=none|cpu=50m/100m,…    of the container that copies (default: those of the source container)
  onConflict=fail|last             if an earlier share of the same directory has the same file
A share is added to every workload that has all its containers, including workloads in Lists and ClusterOperators.
A second run changes nothing. A share with the same name or the same targets replaces the old one.
-o patch prints patches for a kustomization.yaml or a HelmRelease of Flux. -o json works with --explain and --list.

Examples:
  bookend share -f deploy.yaml 'app:/srv/www -> nginx:/usr/share/nginx/html:ro' | kubectl apply -f -
  bookend share -i -f a.yaml b.yaml 'spool = writer:/var/spool, uploader:/spool; sizeLimit=1Gi'
  bookend share -f velero.yaml 'aws = image(velero-aws:1):/plugins -> velero:/plugins' \\
    'csi = image(velero-csi:1):/plugins -> velero:/plugins'
  bookend share -R -f deploy/ --diff 'app:/srv/www -> nginx:/html:ro'
  bookend share -f deploy.yaml --explain 'app:/srv/www -> nginx:/html:ro'
  bookend share -f deploy.yaml --list
  bookend share -i -f deploy.yaml --remove spool

Exit codes: 0 success, also without changes; 2 bad input (nothing is printed or written), 3 --remove names an unknown
share, 5 a file has changed meanwhile, 6 the cluster does not answer, 70 fault in Bookend.`;
