/** For each piece of residue the command that removes exactly it, and what that loses. */
import { builtInFinalizers } from '../objects/finalizers.ts';
import { describeId } from '../objects/identity.ts';
import type { CommandStep, Remedy } from '../remedies/remedy.ts';
import type { Field, ResidueKind } from './receipt.ts';
import type { SeenObject } from './snapshot.ts';

/** Whether a thing is the release's is the person's to judge: none of these is carried out by itself. */
const played: Remedy['played'] = { result: 'not-played', because: 'person-decides' };

/** @param isUnserved whether nobody removes that finalizer any more */
export function removalOf(object: SeenObject, what: ResidueKind, isUnserved: (finalizer: string) => boolean): Remedy {
  const held = heldBy(object);
  const unserved = held.every(isUnserved);
  const steps = held.length === 0 ? [deletion(object)] : [...begun(object), unserved ? letGo(object, held) : ask(object)];
  return { says: `Delete ${describeId(object.id)}.`, steps, loses: lossOf(object, what, held, unserved), played };
}

/** Finalizers that Kubernetes does not remove by itself. */
export function heldBy({ finalizers }: SeenObject): string[] {
  return finalizers.filter((finalizer) => !builtInFinalizers.has(finalizer));
}

function deletion(object: SeenObject, ...flags: string[]): CommandStep {
  return run('kubectl', 'delete', nameOf(object), ...inNamespace(object), ...flags);
}

/** Otherwise kubectl would wait until the finalizer is removed. */
function begun(object: SeenObject): CommandStep[] {
  return object.terminatingSince === undefined ? [deletion(object, '--wait=false')] : [];
}

/** Tells whose finalizer it is, and what to do if that controller does not run. */
function ask(object: SeenObject): CommandStep {
  return { ...run('bookend', 'why', nameOf(object), ...inNamespace(object)), looks: true };
}

/** From the last to the first, so that the positions of the others stay. */
function letGo(object: SeenObject, finalizers: readonly string[]): CommandStep {
  const operations = finalizers.toReversed().flatMap((value) => {
    const path = `/metadata/finalizers/${object.finalizers.indexOf(value)}`;
    return [
      { op: 'test', path, value },
      { op: 'remove', path },
    ];
  });
  return patch(object, operations);
}

function patch(object: SeenObject, operations: readonly object[]): CommandStep {
  return run('kubectl', 'patch', nameOf(object), ...inNamespace(object), '--type=json', '-p', JSON.stringify(operations));
}

function nameOf({ resource, ref }: SeenObject): string {
  return `${resource}/${ref.name}`;
}

const losses: Partial<Record<ResidueKind, string>> = {
  storage: 'the data in it, unless its volume is retained',
  definition: 'every object of the kind that it defines',
  namespace: 'everything in it',
  secret: 'the values in it, such as keys and passwords',
  'config-map': 'the values in it',
  webhook: 'the checks and changes that it made',
  access: 'the permissions that come with it',
  lease: 'the record of which replica leads; a running program writes it again',
  'release-record': 'what Helm knows of this revision',
};

function lossOf({ id }: SeenObject, what: ResidueKind, held: readonly string[], unserved: boolean): string {
  const [names, verb] = [held.join(', '), held.length === 1 ? 'finalizer' : 'finalizers'];
  const more = unserved
    ? `, and what ${verb} ${names} would clean up: the program that set ${held.length === 1 ? 'it' : 'them'} is gone`
    : `; ${verb} ${names} must be removed by its controller first`;
  return `${losses[what] ?? `${describeId(id)} and everything that it owns`}${held.length === 0 ? '' : more}`;
}

/** Takes away one field of an object that is of others. */
export function fieldRemoval(object: SeenObject, field: Field): Remedy {
  const label = /^metadata\.labels(?:\[(.*)\]|\.(.*))$/.exec(field.path);
  const annotation = /^metadata\.annotations(?:\[(.*)\]|\.(.*))$/.exec(field.path);
  const says = `Remove ${field.path} from ${describeId(object.id)}.`;
  if (label) return simple(says, object, 'label', label[1] ?? label[2] ?? '', 'the label');
  if (annotation) return simple(says, object, 'annotate', annotation[1] ?? annotation[2] ?? '', 'the annotation');
  if (field.path.startsWith('metadata.finalizers[')) return finalizerRemoval(object, field);
  return {
    says: `Look at ${field.path} of ${describeId(object.id)}, and decide what of it belongs to others.`,
    steps: [
      {
        ...run('kubectl', 'get', nameOf(object), ...inNamespace(object), '-o', 'yaml', '--show-managed-fields'),
        looks: true,
      },
    ],
    played: { result: 'shows' },
  };
}

function finalizerRemoval(object: SeenObject, { path, pointer }: Field): Remedy {
  const finalizer = path.slice('metadata.finalizers['.length, -1);
  return {
    says: `Remove finalizer ${finalizer} from ${describeId(object.id)}.`,
    steps: [
      patch(object, [
        { op: 'test', path: pointer, value: finalizer },
        { op: 'remove', path: pointer },
      ]),
    ],
    loses: `what ${finalizer} would clean up: it stays behind`,
    played,
  };
}

function simple(says: string, object: SeenObject, verb: 'label' | 'annotate', key: string, what: string): Remedy {
  return {
    says,
    steps: [run('kubectl', verb, nameOf(object), `${key}-`, ...inNamespace(object))],
    loses: `${what} ${key} for everybody who reads it`,
    played,
  };
}

function inNamespace({ ref }: SeenObject): string[] {
  return ref.namespace === undefined ? [] : ['-n', ref.namespace];
}

function run(program: 'kubectl' | 'bookend', ...words: string[]): CommandStep {
  return { do: 'run', when: 'after', argv: [program, ...words] };
}
