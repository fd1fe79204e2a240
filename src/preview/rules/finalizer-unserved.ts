/**
 * Finalizers of which nobody is found who would remove them: on what hangs, and on what the uninstall leaves without
 * its controller.
 */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { textsOf } from '../../objects/fields.ts';
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { finalizerServersOf } from './finalizer-servers.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, kubectlName, namesOf, sorted } from './words.ts';

export const finalizerUnserved: Rule = {
  id: 'finalizer-unserved',
  name: 'A finalizer that nobody will remove',
  means: [
    'An object with a finalizer is only marked when it is deleted; it goes when whoever put the finalizer there takes it away again. When that controller does not run any more, or never did on this cluster,',
    'the object stays Terminating for ever, and so do the namespace and the CustomResourceDefinition that it belongs to. Objects that survive an uninstall without their controller have the same fate later.',
    'It is a warning: who serves a finalizer stands in no field, and it may be something outside of what was looked at. So it is where somebody serves the kind and the name of the finalizer fits nobody.',
  ].join(' '),
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
  find(input, told) {
    const cases = [...input.left.values()].flatMap(({ id, why }): Case[] => {
      const object = input.world.byId(id);
      if (object === undefined || !input.isSeen(id) || told.has(endOf('left', id))) return [];
      const { finalizers, servers } = finalizerServersOf(object, input);
      if (finalizers.length === 0) return [];
      if (why === 'stuck' && servers.length === 0) return [{ id, finalizers, servers: [], hangs: true }];
      const orphaned =
        why === 'custom-resource' && servers.length > 0 && servers.every(({ workload }) => input.goneAt(workload) !== undefined);
      return orphaned ? [{ id, finalizers, servers: servers.map(({ workload }) => workload), hangs: false }] : [];
    });
    const groups = Map.groupBy(cases, ({ finalizers, servers, hangs }) => [hangs, ...finalizers, ...servers].join(' '));
    const found = [...groups.values()].map((those) => (those[0]?.hangs ? hanging(those, input) : surviving(those, input)));
    const doubts = Map.groupBy(doubtful(input), ({ finalizers, servers }) => [...finalizers, ...servers].join(' '));
    return [...found, ...[...doubts.values()].map((those) => doubted(those, input))];
  },
};

/**
 * What goes in the play only because somebody who serves the kind is supposed to remove a finalizer that bears nobody's
 * name.
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
    title: `Nobody is known to remove finalizer ${finalizers} from ${namesOf(ids)}`,
    objects: [...ids, ...(first?.servers ?? [])],
    evidence: evidenceOf(cases, input, `its name fits nobody; ${servers} may change such objects`),
    consequence: `Unless somebody removes it, ${ids.length === 1 ? 'it stays' : 'they stay'} Terminating, and whatever waits for that waits for ever. It depends on whether ${servers} does: that was supposed.`,
    remedy: lastResort(finalizers, ids),
  };
}

type Case = { id: ObjectId; finalizers: readonly string[]; servers: readonly ObjectId[]; hangs: boolean };

function hanging(cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const finalizers = cases[0]?.finalizers.join(', ') ?? '';
  return {
    severity: 'warning',
    title: `Nobody is found who removes finalizer ${finalizers} from ${namesOf(ids)}`,
    objects: ids,
    evidence: evidenceOf(cases, input, 'no workload, right, field manager or name speaks for anybody who serves it'),
    consequence: `${ids.length === 1 ? 'It stays' : 'They stay'} Terminating, and what contains ${ids.length === 1 ? 'it' : 'them'} too. It depends on whether a controller outside of what was looked at serves the finalizer.`,
    remedy: lastResort(finalizers, ids),
    tells: [...ids, ...heldBy(ids, input)].map((id) => endOf('left', id)),
  };
}

function lastResort(finalizers: string, ids: readonly ObjectId[]): string {
  return `Find out who serves ${finalizers} and let it run until the uninstall is over. Should nobody exist any more, the last resort is \`kubectl patch ${kubectlName(ids[0] as ObjectId)} --type=merge -p '{"metadata":{"finalizers":null}}'\`: what the finalizer guards is then never cleaned up.`;
}

function surviving(cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
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
      'Nothing hangs yet. It depends on whether anybody deletes them, their namespace or their CustomResourceDefinition later: that deletion never ends while the controller is not installed again.',
    remedy: `Delete them while their controller lives, or keep the controller: \`bookend delete ${kubectlName(ids[0] as ObjectId)}\`.`,
    tells: ids.map((id) => endOf('left', id)),
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
