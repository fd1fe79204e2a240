import type { AddVerb } from './verb.ts';

export const addDelete: AddVerb = (program, run) => {
  program
    .command('delete')
    .usage('[flags] KIND[.GROUP] [NAME…] | KIND/NAME… | --targets JSON')
    .description('Delete objects in the order in which they need each other, and wait until they and their Pods are gone.')
    .argument('[what...]', 'kind (plural, singular, short name, with or without group), then names')
    .option('--all', 'all objects of the kind')
    .option('-l, --selector <labels>', 'all objects of the kind with these labels')
    .option('-A, --all-namespaces', 'in all namespaces')
    .option('--release <name>', 'all objects of the kind in the manifest that Helm stored of this release')
    .option('--release-namespace <name>', 'the namespace of that release; default: the current one')
    .option('--targets <json>', 'several kinds, each gone before the next begins: [{"kind","names","selector","namespace"}]')
    .option('--ignore-not-found', 'a name that does not exist is no error')
    .option('--timeout <duration>', 'how long the whole may take, such as 4m40s; 0: as long as it takes', '0')
    .option('--on-timeout <what>', 'for an object that is not gone in time: Stop, Continue (without it) or Force', 'Stop')
    .option(
      '--on-keep <what>',
      'for an object whose annotation asks to keep it: Refuse, Keep (with what it needs) or Delete',
      'Refuse',
    )
    .option('--object-timeout <duration>', 'how long one object may take', '10m')
    .option('--dry-run', 'show the order and delete nothing')
    .option('--fail-on-hook', 'a preStop hook that failed is an error')
    .addHelpText(
      'after',
      `
Annotations of live objects give no order: everybody who may change an object can write them. With --targets the order is yours.
With Stop it waits on and says so; Force deletes Pods with grace 0 and removes finalizers.
In --targets, names without a namespace are looked for in the current namespace, all else without one in every namespace.
Ends with 7 when something is blocked or was left, with 8 when the time was over; the last line then names what it waited for.`,
    )
    .action((what: string[], _, command) =>
      run(async (surroundings) => {
        const { runDelete } = await import('./delete/run-delete.ts');
        return runDelete(what, command.optsWithGlobals(), surroundings);
      }),
    );
};
