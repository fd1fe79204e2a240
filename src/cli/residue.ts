/** `bookend residue`: finds what an uninstall left behind, and removes exactly what a person confirmed. */
import { addChartFlags, collect } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addResidue: AddVerb = (program, run) => {
  const command = program
    .command('residue')
    .usage('[flags] RELEASE -n NAMESPACE | --namespace NAMESPACE')
    .description('Find what an uninstalled release left behind. It deletes nothing without --delete.')
    .argument('[release]', 'the release that was uninstalled (default: every one of the namespace)')
    .option('--chart <chart>', 'the chart that the release was made of, where Helm keeps no record of it');
  addChartFlags(command)
    .option('--check-reinstall', 'also send the objects of the release to the API server as a dry run (dryRun=All)')
    .option('--include <object>', 'also remove this object: Kind.group/namespace/name as listed; may be repeated', collect)
    .option('--delete <digest>', 'remove the list with this digest, if it is still the same')
    .option('--save <directory>', 'new directory for what is removed (default: a new one below the current one)')
    .option('--timeout <duration>', 'with --delete: maximum time, such as 4m40s', '5m')
    .addHelpText('after', helpAfter)
    .action((release: string | undefined, _, called) =>
      run(async (invocation) =>
        (await import('./residue/run-residue.ts')).runResidue(release, called.optsWithGlobals(), invocation),
      ),
    );
};

const helpAfter = `
Examples:
  bookend residue agent -n shop
  bookend residue agent -n shop --chart ./agent --check-reinstall
  bookend residue agent -n shop --delete 5f0c1b2a9d3e4f60

--delete removes what is listed as certain or likely, in order, and saves each object as YAML first, Secrets with their
values: the directory has mode 0700. What rests only on labels, annotations or names, claims and volumes, and finalizers
of objects of others are removed only with --include.
docs/reference/receipt.schema.json describes -o json.

Exit codes: 0 clean, 1 something is left, 10 clean as far as seen, 7 blocked, 8 timed out, 2 bad input, 4 forbidden,
5 the list has changed, 6 unreachable, 9 unsupported, 70 fault in Bookend.`;
