/**
 * Custom resources that nobody has seen and that the uninstall leaves without their operator: their definition stays,
 * because it is kept or lies in `crds/`, and the operator that may have put a finalizer on them goes.
 */
import type { Server } from '../../knowledge/serving/server.ts';
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { isBuiltInGroup, isCrd } from '../../objects/scopes.ts';
import { resourceName } from './delete-first.ts';
import { anyOf, kindOf } from './finalizer-servers.ts';
import { type HookDeleting, hookDeleting, reachInWords } from './hook-reach.ts';
import { look, run } from './remedy-steps.ts';
import { type Explained, ends, type Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { isGoing, likelyHolds, supposedServers } from './supposed-operators.ts';
import { unexplained } from './unexplained.ts';
import { unserved } from './unserved-words.ts';
import { agree, kindsOf, listed, namesOf, sorted } from './words.ts';

type Case = {
  stays: ObjectId;
  because: string;
  resource: ObjectId;
  servers: readonly Server[];
  /** It deletes some of them before. */
  hook?: HookDeleting;
};

/**
 * One finding for each operator, unless another reports that it goes too early. A cluster that was looked at shows the
 * custom resources themselves.
 */
export function unseenSurvivors(input: RuleInput, isExplained: Explained): Found[] {
  const stuck = new Set([...input.left.values()].filter(({ why }) => why === 'stuck').map(({ id }) => kindOf(id)));
  const all = input.live ? [] : unexplained(input, isExplained, 'kept', 'crd');
  const cases = all.flatMap(({ id, because }): Case[] => {
    const resource = resourceOfLeft(id, input);
    if (resource === undefined || stuck.has(kindOf(resource))) return [];
    const hook = hookDeleting(resource, input);
    if (hook?.sure) return [];
    const servers = supposedServers(resource, input);
    if (servers.some(({ workload }) => isExplained('operator', workload)) || (!hook && allWent(resource, input))) return [];
    const holds = servers.some(({ workload }) => likelyHolds(resource, workload, input));
    return holds && servers.every(({ workload }) => isGoing(workload, input))
      ? [{ stays: id, because, resource, servers, ...(hook && { hook }) }]
      : [];
  });
  const byOperator = Map.groupBy(cases, ({ servers }) => servers.map(({ workload }) => workload).join(' '));
  return [...byOperator.values()].map((those) => findingOf(those, input));
}

/** Whether the play supposed one of the kind. */
function isPlayed(resource: ObjectId, { play }: RuleInput): boolean {
  return (play.supposedObjects ?? []).some((id) => kindOf(id) === kindOf(resource));
}

/** Those that the play supposed of the kind, if it did, were deleted while nothing else of it was. */
function allWent(resource: ObjectId, { play, goneAt }: RuleInput): boolean {
  const supposed = (play.supposedObjects ?? []).filter((id) => kindOf(id) === kindOf(resource));
  return supposed.length > 0 && supposed.every((id) => goneAt(id) !== undefined);
}

/** What the operator may hold: all of a definition that stays, or a custom resource that is kept itself. */
function resourceOfLeft(id: ObjectId, { world, given }: RuleInput): ObjectId | undefined {
  const object = given.get(id)?.object ?? world.byId(id);
  if (object === undefined) return undefined;
  if (isCrd(object)) return anyOf(object);
  return isBuiltInGroup(parseId(id).group) ? undefined : id;
}

function findingOf(cases: readonly Case[], input: RuleInput): Found {
  const operators = sorted(cases.flatMap(({ servers }) => servers.map(({ workload }) => workload)));
  const stays = sorted(cases.map(({ stays: id }) => id));
  const resources = sorted(cases.map(({ resource }) => resource));
  const names = [...new Set(resources.map((id) => resourceName(id, input)))].join(',');
  const allKinds = [...new Set(resources.map((id) => parseId(id).kind))].sort();
  const kinds = listed(allKinds, 20);
  const isKept = cases.every(({ stays: id }) => input.left.get(id)?.why === 'kept');
  return {
    severity: 'warning',
    title: `Custom resources of ${agree(allKinds, 'kind', 'kinds')} ${kindsOf(resources)}, if any exist, outlive ${namesOf(operators)}, which may hold them with a finalizer`,
    objects: [...stays, ...operators],
    evidence: [
      ...(cases[0]?.servers ?? []).flatMap(({ workload, confidence, evidence }) => [
        input.evidence(workload, `is the controller (${confidence}), and is deleted`),
        ...evidence.slice(0, 3),
      ]),
      ...cases
        .slice(0, 20)
        .map(({ stays: id, because, resource }) => input.evidence(id, `${because}, and with it every ${parseId(resource).kind}`)),
    ],
    consequence: `Nobody can delete custom resources with a finalizer of the operator afterwards, nor their namespaces and their definition, until the operator is installed again. Nothing hangs at this uninstall.${inHook(cases)} ${unserved} It depends on whether custom resources of ${kinds} exist then, and whether the operator puts finalizers on them, which only a live cluster shows.`,
    remedies: [
      ...(resources.every((id) => isPlayed(id, input))
        ? [
            {
              says: 'If they may go, delete them while their operator runs.',
              steps: [run('before', 'bookend', 'delete', names, '--all', '--all-namespaces')],
              loses: `every custom resource of ${kinds}, in every namespace`,
            },
          ]
        : []),
      {
        says: 'If they should stay, keep the operator, or install it again before you delete them. This lists them.',
        steps: [look('before', 'kubectl', 'get', names, '--all-namespaces')],
      },
    ],
    bookend: isKept ? 'same' : 'prevented',
    unseen: true,
    explains: ends('left', stays),
  };
}

function inHook(cases: readonly Case[]): string {
  const hook = cases.find((each) => each.hook?.only)?.hook;
  return hook?.only ? ` ${describeId(hook.hook.id)} deletes only ${reachInWords(hook.only)}, and leaves the others.` : '';
}
