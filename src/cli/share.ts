/**
 * `bookend share`: manifests with a directory that several containers of a Pod see. Works on files alone; a cluster
 * is asked only when that is wanted.
 */
import { collect } from './flags.ts';
import { defaultSeedImage } from './seed-image.ts';
import type { AddVerb } from './verb.ts';

export const addShare: AddVerb = (program, run) => {
  program
    .command('share')
    .usage('[flags] -f FILE… SHARE…')
    .description(
      'Print manifests in which containers of a Pod share directories, empty ones or those that an image has. All else stays as it is written.',
    )
    .argument(
      '[shares...]',
      'app:/srv/www -> nginx:/usr/share/nginx/html:ro, or for an empty directory app:/cache, worker:/cache',
    )
    .option('-f, --filename <file>', 'files or directories of manifests, - for the standard input; may be repeated', collect)
    .option('-R, --recursive', 'also the directories within the directories of -f')
    .option('--mode <mode>', 'auto, scratch, copy or image, for shares that do not say and can have it (default: auto)')
    .option('--name <name>', 'of the one share that is given (default: made of its source)')
    .option('--medium <medium>', 'Memory: keep the files in memory, for shares that do not say')
    .option('--size-limit <quantity>', 'how much a share may hold, such as 64Mi, for shares that do not say')
    .option('--from-annotations', 'also the shares that annotations share.bookend.dev/NAME of Pod templates name')
    .option('--list', 'print the shares that the workloads have')
    .option('--remove <name>', 'take the share of this name out of the workloads that have it; may be repeated', collect)
    .option('--workload <kind/name>', 'only these, such as deployment/web; may be repeated', collect)
    .option('-l, --selector <labels>', 'only workloads with these labels')
    .option('--template-path <path>', 'where the Pod template stands in kinds that keep it elsewhere: spec.jobTargetRef.template')
    .option('-i, --in-place', 'write the files that change, and print nothing')
    .option('--diff', 'print what changes, as a unified diff')
    .option('--explain', 'print which mode each share gets and why, and what it costs in space and start time')
    .option('-q, --quiet', 'do not say on standard error what changed in which workload')
    .option('--cluster', 'ask the cluster whether image volumes are known to work; so do --context and --kubeconfig')
    .option('--probe', 'try it there with a Pod for each pool of nodes where it is not known, in the namespace of -n')
    .option('--seed-image <reference>', 'image of the tool that fills the copies of shares', defaultSeedImage)
    .addHelpText('after', helpAfter)
    .action((shares: string[], _, command) =>
      run(async (invocation) => {
        const { runShare } = await import('./share/run-share.ts');
        return runShare(shares, command.optsWithGlobals(), invocation);
      }),
    );
};

const helpAfter = `
A share: [NAME =] [SOURCE ->] CONTAINER:PATH[:ro], … [; OPTION=VALUE] …
  SOURCE is CONTAINER:PATH or image(REFERENCE):PATH. Without a source the directory begins empty.
  mode=auto|scratch|copy|image     how the files get there (auto decides)
  type=File|Directory              what the source is, where its name does not tell
  sizeLimit=64Mi, medium=Memory    of the directory
  chown=1000:1000, chmod=g+rwX     owner and mode of the copied files; owners=keep keeps those of the image
  resources=none|cpu=50m/100m,…    of the container that copies (default: those of the source container)
  onConflict=fail|last             when several shares fill one directory and have the same file
The share goes into every workload that has all the containers which it names, also into those in Lists and in
ClusterOperators. Applying it twice changes nothing. A share of the same name or at the same place is replaced.
-o patch prints the change for a kustomization.yaml or for postRenderers of a Flux HelmRelease. -o json is for
--explain and --list.

Examples:
  nginx serves what the image of the app has:
    bookend share -f deploy.yaml 'app:/srv/www -> nginx:/usr/share/nginx/html:ro' | kubectl apply -f -
  two containers with an empty directory, in the files themselves:
    bookend share -i -f a.yaml b.yaml 'spool = writer:/var/spool, uploader:/spool; sizeLimit=1Gi'
  plugins of two images in one directory:
    bookend share -f velero.yaml 'aws = image(velero-aws:1):/plugins -> velero:/plugins' \\
      'csi = image(velero-csi:1):/plugins -> velero:/plugins'
  what would change, and why:
    bookend share -R -f deploy/ --diff 'app:/srv/www -> nginx:/html:ro'
    bookend share -f deploy.yaml --explain 'app:/srv/www -> nginx:/html:ro'
  and back:
    bookend share -f deploy.yaml --list
    bookend share -i -f deploy.yaml --remove spool

Exit codes: 0 done, also when nothing had to change; 2 a share, a flag or a file is wrong and nothing was printed or
written, or the output cannot be written; 3 --remove names no share that is there; 5 a file was changed meanwhile;
6 the cluster does not answer; 70 a fault in Bookend.`;
