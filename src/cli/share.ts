/** `bookend share`: manifests with a directory that several containers of a Pod see. Works on files alone; a cluster is asked only when that is wanted. */
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
    .option('-f, --filename <file>', 'file or directory of manifests, - for the standard input; may be repeated', collect)
    .option('--mode <mode>', 'auto, scratch, copy or image, for shares that do not say (default: auto)')
    .option('--name <name>', 'of the one share that is given (default: made of its source)')
    .option('--medium <medium>', 'Memory: keep the files in memory, for shares that do not say')
    .option('--size-limit <quantity>', 'how much a share may hold, such as 64Mi, for shares that do not say')
    .option('--from-annotations', 'also the shares that annotations share.bookend.dev/NAME of Pod templates name')
    .option('--workload <kind/name>', 'only these, such as deployment/web; may be repeated', collect)
    .option('-l, --selector <labels>', 'only workloads with these labels')
    .option('-i, --in-place', 'write the files that change, and print nothing')
    .option('--diff', 'print what changes, as a unified diff')
    .option('--explain', 'print which mode each share gets and why, and what it costs in space and start time')
    .option('--cluster', 'ask the cluster whether image volumes are known to work; so do --context and --kubeconfig')
    .option('--probe', 'try it there with a Pod for each pool of nodes where it is not known, in the namespace of -n')
    .option('--seed-image <reference>', 'image of the tool that fills the copies of shares', defaultSeedImage)
    .addHelpText('after', helpAfter)
    .action((shares: string[], _, command) =>
      run(async (surroundings) => {
        const { runShare } = await import('./share/run-share.ts');
        return runShare(shares, command.optsWithGlobals(), surroundings);
      }),
    );
};

const helpAfter = `
A share: [NAME =] [SOURCE ->] CONTAINER:PATH[:ro], … [; mode=MODE] [; type=File|Directory] [; medium=Memory] [; sizeLimit=64Mi]
SOURCE is CONTAINER:PATH or image(REFERENCE):PATH. It goes into every workload that has all the containers which it names, also into those
in Lists and in ClusterOperators. Given again it changes nothing; one of the same name takes its place.
-o json is for --explain.`;
