/**
 * How a person or a chart deletes custom resources before their operator goes, and nothing else: what is printed is run
 * as it stands. `all` of a kind is right only where the definition goes with the release, for then they all go anyhow.
 */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { CommandStep, HookTarget } from '../../remedies/remedy.ts';
import { resourceOf } from './finalizer-servers.ts';
import type { RuleInput } from './rule-input.ts';
import { sorted } from './words.ts';

/** So many are named one by one. */
const most = 3;

export type DeleteFirst = {
  /** `bookend delete …`, one call for the named ones of each namespace. */
  commands: CommandStep[];
  /** The entries of `bookend.delete` in the values of bookend-hook. */
  targets: HookTarget[];
};

/** @param real whether the objects were seen; of what is only supposed the names are made up */
export function deleteFirst(ids: readonly ObjectId[], real: boolean, input: Pick<RuleInput, 'world' | 'isDeleted'>): DeleteFirst {
  const groups = Map.groupBy(sorted(ids), (id) => `${resourceName(id, input)} ${parseId(id).namespace ?? ''}`);
  const parts = [...groups.values()].flatMap((members) => partOf(members, real, input) ?? []);
  const whole = parts.filter(({ all }) => all);
  const kinds = unique(whole.map(({ resource }) => resource)).join(',');
  return {
    commands: [
      ...(whole.length > 0 ? [deletion(kinds, '--all', '--all-namespaces')] : []),
      ...parts.flatMap(({ all, resource, names, namespace }) =>
        all || names ? [] : [deletion(resource, '--all', ...inNamespace(namespace))],
      ),
      ...[...Map.groupBy(parts, ({ namespace = '' }) => namespace).values()].flatMap((those) => namedDeletion(those)),
    ],
    targets: [...new Map(parts.map(targetOf).map((target) => [JSON.stringify(target), target])).values()],
  };
}

/** Several kinds in one call: Bookend knows in which order they go. */
function namedDeletion(parts: readonly Part[]): CommandStep[] {
  const names = parts.flatMap(({ all, resource, names: those = [] }) => (all ? [] : those.map((name) => `${resource}/${name}`)));
  return names.length === 0 ? [] : [deletion(...names, ...inNamespace(parts[0]?.namespace))];
}

function inNamespace(namespace: string | undefined): string[] {
  return namespace === undefined ? [] : ['-n', namespace];
}

function deletion(...words: string[]): CommandStep {
  return { do: 'run', when: 'before', argv: ['bookend', 'delete', ...words] };
}

function targetOf({ all, resource: kind, names, namespace }: Part): HookTarget {
  if (all) return { kind, all: true };
  return { kind, ...(names && { names }), ...(namespace !== undefined && { namespace }) };
}

type Part = { resource: string; all: boolean; names?: string[]; namespace?: string };

/** Objects of one resource in one namespace. */
function partOf(members: readonly ObjectId[], real: boolean, input: Pick<RuleInput, 'world' | 'isDeleted'>): Part | undefined {
  const [first] = members;
  if (first === undefined) return undefined;
  const { group, kind, namespace } = parseId(first);
  const crd = input.world.crdOf(group, kind);
  const resource = resourceName(first, input);
  if (crd && input.isDeleted(input.world.idOf(crd))) return { resource, all: true };
  const byName = isBuiltInGroup(group) || namespace === undefined || (real && members.length <= most);
  return {
    resource,
    all: false,
    ...(byName && { names: members.map((id) => parseId(id).name) }),
    ...(namespace !== undefined && { namespace }),
  };
}

/** As an argument of kubectl: `widgets.example.com`. */
export function resourceName(id: ObjectId, input: Pick<RuleInput, 'world'>): string {
  const { resource: plural, group } = resourceOf(id, input);
  return group ? `${plural}.${group}` : plural;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
