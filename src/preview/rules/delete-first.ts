/**
 * How a person or a chart deletes custom resources before their operator goes, and nothing else: what is printed is run
 * as it stands. `all` of a kind is right only where the definition goes with the release, for then they all go anyhow.
 */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { shellCommand, shellWord } from '../../objects/shell-quote.ts';
import { resourceOf } from './finalizer-servers.ts';
import type { RuleInput } from './rule-input.ts';
import { sorted } from './words.ts';

/** So many are named one by one. */
const most = 3;

export type DeleteFirst = {
  /** `bookend delete …`, one call for each namespace. */
  commands: string[];
  /** The entries of `bookend.delete` in the values of bookend-hook, as YAML in one line. */
  targets: string[];
};

/** @param real whether the objects were seen; of what is only supposed the names are made up */
export function deleteFirst(ids: readonly ObjectId[], real: boolean, input: Pick<RuleInput, 'world' | 'isDeleted'>): DeleteFirst {
  const groups = Map.groupBy(sorted(ids), (id) => `${resourceName(id, input)} ${parseId(id).namespace ?? ''}`);
  const parts = [...groups.values()].flatMap((members) => partOf(members, real, input) ?? []);
  const whole = parts.filter(({ all }) => all);
  return {
    commands: [
      ...(whole.length > 0
        ? [`bookend delete ${shellWord(unique(whole.map(({ resource }) => resource)).join(','))} --all --all-namespaces`]
        : []),
      ...parts.flatMap(({ all, resource, names, namespace }) => {
        if (all) return [];
        const where = namespace === undefined ? '' : ` -n ${shellWord(namespace)}`;
        return [
          names
            ? `bookend delete ${shellCommand(resource, ...names)}${where}`
            : `bookend delete ${shellWord(resource)} --all${where}`,
        ];
      }),
    ],
    targets: unique(
      parts.map(({ all, resource, names, namespace }) => {
        if (all) return `{kind: ${resource}, all: true}`;
        const which = [
          ...(names ? [`names: [${names.map(quoted).join(', ')}]`] : []),
          ...(namespace === undefined ? [] : [`namespace: ${quoted(namespace)}`]),
        ];
        return `{kind: ${resource}, ${which.join(', ')}}`;
      }),
    ),
  };
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

function resourceName(id: ObjectId, input: Pick<RuleInput, 'world'>): string {
  const { resource: plural, group } = resourceOf(id, input);
  return group ? `${plural}.${group}` : plural;
}

/** A name that YAML would not read as a text. */
function quoted(name: string): string {
  return /^[\d.]|^(true|false|yes|no|on|off|y|n|null)$/i.test(name) ? `"${name}"` : name;
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
