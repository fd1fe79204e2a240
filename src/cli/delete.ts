/** `bookend delete`: deletes objects in the order in which they need each other. */
import { otherExitCodes } from './flags.ts';
import type { AddVerb } from './verb.ts';

export const addDelete: AddVerb = (program, run) => {
  program
    .command('delete')
    .usage('[flags] KIND[.GROUP] [NAME…] | KIND/NAME… | --targets JSON')
    .description('Delete objects in order, and wait until their Pods are gone.')
    .argument(
      '[what...]',
      'kind (plural, singular or short name, with or without group; *.GROUP: all kinds of a group), then names',
    )
    .option('--all', 'all objects of the kind')
    .option('-l, --selector <labels>', 'all objects of the kind with these labels')
    .option('-A, --all-namespaces', 'use all namespaces')
    .option('--release <name>', 'all objects of the kind in the manifest of this Helm release')
    .option('--release-namespace <name>', 'namespace of that release (default: the current one)')
    .option('--targets <json>', 'list of {"kind","names","selector","namespace"}')
    .option(
      '--order <Listed|Needs>',
      'Listed: each target is gone before the next one begins; Needs: only what needs another object goes before it (default: Listed)',
    )
    .option('--ignore-not-found', 'do not fail if a named object does not exist')
    .option('--timeout <duration>', 'maximum time for the whole command, such as 4m40s; 0: unlimited', '0')
    .option('--on-timeout <Stop|Continue|Force>', 'what to do if an object is not gone in time; Force may lose clean-up', 'Stop')
    .option(
      '--on-keep <Refuse|Keep|Delete>',
      'what to do with an object whose annotation asks to keep it; Keep also keeps what it needs',
      'Refuse',
    )
    .option('--object-timeout <duration>', 'maximum time for one object', '10m')
    .option('--dry-run', 'print the order and delete nothing')
    .option('--fail-on-hook', 'fail if a preStop hook failed')
    .addHelpText('after', helpAfter)
    .action((what: string[], _, command) =>
      run(async (invocation) => (await import('./delete/run-delete.ts')).runDelete(what, command.optsWithGlobals(), invocation)),
    );
};

const helpAfter = `
Examples:
  bookend delete widgets.example.com --all -n shop --dry-run
  bookend delete deployment web -n shop --timeout 5m
  bookend delete '*.operator.example.com' --all -A --dry-run
  bookend delete --targets '[{"kind":"widgets.example.com","namespace":"shop"},{"kind":"gateways.example.com","names":["edge"]}]'

Stop reports the blocker and keeps waiting. Continue goes on without the object. Force kills Pods and removes finalizers;
clean-up may be lost.
In --targets, an entry with names and without namespace uses the current namespace; any other entry without namespace
uses all namespaces.
Annotations of live objects do not change the order, because anyone who may change an object can write them.

Exit codes: 0 everything is gone, 7 blocked or left behind, 8 timed out, ${otherExitCodes}.
After 7 and 8 the last line names the object that it waited for.`;
