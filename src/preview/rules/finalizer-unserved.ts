/**
 * Finalizers of which nobody is found who would remove them: on what hangs, and on what the uninstall leaves without
 * its controller.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { textsOf } from '../../objects/fields.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { CommandStep, ProposedRemedy } from '../../remedies/remedy.ts';
import { type FinalizerServers, finalizerServersOf } from './finalizer-servers.ts';
import { bookendDelete, bookendWhy, kubectlDelete, named, run } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unseenSurvivors } from './unseen-survivors.ts';
import { agree, count, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'finalizer-unserved',
  name: 'A finalizer that nobody will remove',
  means: [
    'Deleting an object with a finalizer only marks it; it goes when its controller removes the finalizer. When that controller no longer runs, or never ran on this cluster,',
    'the object stays Terminating, and so do its namespace and its CustomResourceDefinition. Objects that outlive their controller stay Terminating when somebody deletes them later.',
    'A definition that is kept, or is in `crds/`, keeps its custom resources too, and their operator goes without them.',
    'It is a warning: no field states who serves a finalizer, and the controller may run outside of what was read. It is a warning too where a controller serves the kind and the name of the finalizer fits none.',
  ].join(' '),
  severity: 'warning',
  hiddenBy: ['operator-before-custom-resources'],
  fails: {
    says: 'Nothing in the chart serves the finalizer.',
    yaml: `apiVersion: v1
kind: ConfigMap
metadata: {name: lock, namespace: shop, finalizers: [cleanup.example.com/lock]}
`,
  },
  passes: {
    says: 'Kubernetes itself removes this one, when no Pod uses the claim.',
    yaml: `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: shop, finalizers: [kubernetes.io/pvc-protection]}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
`,
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const ofRelease = [...input.left.values()].flatMap(({ id, why }): Case[] => {
    const object = input.world.byId(id);
    if (object === undefined || !input.isSeen(id) || isExplained('left', id)) return [];
    const { finalizers, servers } = finalizerServersOf(object, input);
    if (finalizers.length === 0) return [];
    if (why === 'stuck' && servers.length === 0) return [{ id, finalizers, servers: [], hangs: true }];
    const isOutside = why === 'not-deleted' && input.scenario.tool === 'namespace';
    return why === 'custom-resource' || why === 'kept' || isOutside ? outliving({ id, finalizers, servers }, input) : [];
  });
  const cases = [...ofRelease, ...ofOthers(input, isExplained)];
  const groups = Map.groupBy(cases, ({ finalizers, servers, hangs }) => [hangs, ...finalizers, ...servers].join(' '));
  const found = [...groups.values()].map((those) => (those[0]?.hangs ? hanging(those, input) : surviving(those, input)));
  const doubts = Map.groupBy(doubtful(input), ({ finalizers, servers }) => [...finalizers, ...servers].join(' '));
  return [...found, ...[...doubts.values()].map((those) => doubted(those, input)), ...unseenSurvivors(input, isExplained)];
}

/**
 * Custom resources that the uninstall has nothing to do with: their definition is of another release, or was created at
 * run time. They are not to go, but the program that removes their finalizer goes, and no other does it.
 */
function ofOthers(input: RuleInput, isExplained: Explained): Case[] {
  if (!input.live) return [];
  return input.world.objects.flatMap((object): Case[] => {
    const id = input.world.idOf(object);
    const isOther = !input.left.has(id) && !input.given.has(id) && input.isSeen(id) && input.goneAt(id) === undefined;
    if (!isOther || isBuiltInGroup(parseId(id).group) || isExplained('left', id)) return [];
    const { finalizers, servers } = finalizerServersOf(object, input);
    const isKnown = finalizers.length > 0 && servers.some(({ confidence }) => confidence !== 'possible');
    return isKnown ? outliving({ id, finalizers, servers }, input) : [];
  });
}

/** What stays when all who remove its finalizers are gone. */
function outliving({ id, finalizers, servers }: FinalizerServers & { id: ObjectId }, input: RuleInput): Case[] {
  const workloads = servers.map(({ workload }) => workload);
  const isOutliving = workloads.length > 0 && workloads.every((workload) => input.goneAt(workload) !== undefined);
  return isOutliving ? [{ id, finalizers, servers: workloads, hangs: false }] : [];
}

/**
 * What goes in the play only because a controller of the kind is supposed to remove a finalizer whose name fits no
 * program.
 */
function doubtful(input: RuleInput): Case[] {
  return input.world.objects.flatMap((object): Case[] => {
    const id = input.world.idOf(object);
    const finalizers = textsOf(object.metadata.finalizers);
    if (finalizers.length === 0 || !input.isSeen(id) || input.goneAt(id) === undefined) return [];
    const doubts = finalizers.flatMap((finalizer) => {
      const servers = input.serving.serversOfFinalizer(finalizer, object);
      const isDoubtful =
        servers !== 'kubernetes' && servers.length > 0 && servers.every(({ confidence }) => confidence === 'possible');
      return isDoubtful ? [{ finalizer, workloads: servers.map(({ workload }) => workload) }] : [];
    });
    if (doubts.length === 0) return [];
    const servers = sorted([...new Set(doubts.flatMap(({ workloads }) => workloads))]);
    return [{ id, finalizers: doubts.map(({ finalizer }) => finalizer), servers, hangs: false }];
  });
}

function doubted(cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const [first] = cases;
  const finalizers = first?.finalizers.join(', ') ?? '';
  const servers = namesOf(first?.servers ?? []);
  return {
    severity: 'warning',
    title: `No known controller removes finalizer ${finalizers} from ${namesOf(ids)}`,
    objects: [...ids, ...(first?.servers ?? [])],
    evidence: evidenceOf(cases, input, `its name fits no program; ${servers} may change such objects`),
    consequence: `${agree(ids, 'It stays', 'They stay')} Terminating unless somebody removes the finalizer. It depends on whether ${servers} does, which the simulation assumes.`,
    unseen: true,
    remedies: [
      {
        says: `Find the controller of ${finalizers} and let it run until the uninstall is over. This shows who still holds the object.`,
        steps: ids.slice(0, 3).map((id) => bookendWhy('after', id, input)),
      },
    ],
  };
}

type Case = { id: ObjectId; finalizers: readonly string[]; servers: readonly ObjectId[]; hangs: boolean };

function hanging(cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const finalizers = cases[0]?.finalizers.join(', ') ?? '';
  return {
    severity: 'warning',
    title: `No controller was found that removes finalizer ${finalizers} from ${namesOf(ids)}`,
    objects: ids,
    evidence: evidenceOf(cases, input, 'no workload, permission, field manager or name points to a controller that serves it'),
    consequence: `${agree(ids, 'It stays', 'They stay')} Terminating, and so does what contains ${agree(ids, 'it', 'them')}. It depends on whether a controller that was not read serves the finalizer.`,
    remedies: lastResorts(cases, input),
    explains: ends('left', [...ids, ...heldBy(ids, input)]),
  };
}

/**
 * Only the finalizers that nobody serves, each where it stands in the list: the patch fails when the list has changed,
 * and leaves what others put there.
 */
function lastResorts(cases: readonly Case[], input: RuleInput): ProposedRemedy[] {
  const finalizers = [...new Set(cases.flatMap((each) => each.finalizers))].join(', ');
  return [
    {
      says: `Last resort, when no controller of ${finalizers} exists any more: remove exactly that finalizer after the uninstall.`,
      steps: cases.map((each) => stripping(each, input)),
      loses: `whatever the finalizer guards: nobody cleans that up`,
    },
  ];
}

function stripping({ id, finalizers }: Case, input: RuleInput): CommandStep {
  const all = textsOf(input.world.byId(id)?.metadata.finalizers);
  // From the end, so that no position moves before its turn.
  const operations = finalizers
    .map((finalizer) => ({ finalizer, path: `/metadata/finalizers/${all.indexOf(finalizer)}` }))
    .toReversed()
    .flatMap(({ finalizer, path }) => [
      { op: 'test', path, value: finalizer },
      { op: 'remove', path },
    ]);
  return run('after', 'kubectl', 'patch', ...named([id], input), '--type=json', '-p', JSON.stringify(operations));
}

function surviving(cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const isKept = (id: ObjectId) => input.left.get(id)?.why === 'kept';
  const servers = cases[0]?.servers ?? [];
  return {
    severity: 'warning',
    title: `${count(ids.length, 'custom resource')} outlive ${namesOf(servers)}, which serves their finalizer`.replace(
      '1 custom resource outlive',
      '1 custom resource outlives',
    ),
    objects: [...ids, ...servers],
    evidence: evidenceOf(cases, input, 'only the controller that goes removes it'),
    consequence:
      'Deleting them, their namespace or their CustomResourceDefinition later never ends until the controller runs again. Nothing hangs at this uninstall. It depends on whether anybody deletes them later.',
    remedies: [
      {
        says: 'Delete them while their controller runs, and wait until they are gone.',
        steps: [
          ...bookendDelete(
            'before',
            ids.filter((id) => !isKept(id)),
            input,
          ),
          ...kubectlDelete('before', ids.filter(isKept), input),
        ],
        loses: `${namesOf(ids)}, with what the controller created for ${agree(ids, 'it', 'them')}`,
      },
    ],
    explains: ends('left', ids),
  };
}

function evidenceOf(cases: readonly Case[], input: RuleInput, says: string): FindingEvidence[] {
  return cases.slice(0, 5).map(({ id, finalizers }) => input.evidence(id, says, 'metadata.finalizers', finalizers.join(', ')));
}

function heldBy(ids: readonly ObjectId[], { left }: RuleInput): ObjectId[] {
  const namespaces = new Set(ids.map((id) => parseId(id).namespace));
  return [...left.values()].flatMap(({ id, why }) => {
    const { group, kind, name } = parseId(id);
    return why === 'stuck' && group === '' && kind === 'Namespace' && namespaces.has(name) ? [id] : [];
  });
}
