/**
 * Definitions that stay while the operator behind them goes: custom resources of users outlive the program that serves
 * them. From manifests alone, where no custom resource can be seen. Where the operator may have put finalizers on them,
 * `finalizer-unserved` says more.
 */
import { allows } from '../../knowledge/rights.ts';
import type { Server } from '../../knowledge/serving/server.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import { definedBy, isCrd } from '../../objects/scopes.ts';
import { resourceName } from './delete-first.ts';
import { account, deployment, documents, keepAnnotations, widgetCrd } from './examples.ts';
import { anyOf } from './finalizer-servers.ts';
import { hookDeleting } from './hook-reach.ts';
import type { Explained, Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { servedElsewhere } from './served-elsewhere.ts';
import { mayHold } from './supposed-operators.ts';
import { lookFirst, unserved } from './unserved-words.ts';
import { agree, listed, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'custom-resources-unserved',
  name: 'Custom resources outlive their operator',
  means: [
    'A definition in `crds/`, or one with `helm.sh/resource-policy: keep`, stays, and with it every custom resource. Their operator goes. Nobody acts on them any more, what it made of them runs on, and what it would clean up, in the',
    'cluster or outside of it, stays.',
  ].join(' '),
  severity: 'note',
  hiddenBy: ['finalizer-unserved', 'operator-before-custom-resources'],
  fails: { says: 'The definition is kept, and its operator goes.', yaml: operator(keepAnnotations) },
  passes: { says: 'A chart without definitions.', yaml: deployment('widget-operator') },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  if (input.live) return [];
  const cases = staying(input).flatMap((definition): Case[] => {
    const { group, kind } = definedBy(definition);
    const id = input.world.idOf(definition);
    const known = input.serving.controllersOf(group, kind);
    const servers = known.length > 0 ? known : mayBe(definition, input);
    const isServed = servers.length > 0 && servers.every(({ workload }) => input.isDeleted(workload));
    if (!isServed || isExplained('left', id) || hookDeleting(anyOf(definition), input)?.sure) return [];
    return [{ definition: id, resource: anyOf(definition), kind, servers }];
  });
  const byOperator = Map.groupBy(cases, ({ servers }) => sorted(servers.map(({ workload }) => workload)).join(' '));
  return [...[...byOperator.values()].map((those) => findingOf(those, input)), ...servedElsewhere(input, isExplained)];
}

type Case = { definition: ObjectId; resource: ObjectId; kind: string; servers: readonly Server[] };

/** Programs that came with the definition and may change everything, where nobody is known to serve the kind. */
function mayBe(definition: KubernetesObject, input: RuleInput): Server[] {
  const group = textOf(fieldAt(definition, 'spec', 'group')) ?? '';
  const resource = textOf(fieldAt(definition, 'spec', 'names', 'plural')) ?? '';
  return input.world.workloads.flatMap(({ id, object, namespace, serviceAccount }): Server[] => {
    if (!lasting.has(object.kind) || !input.isDeleted(id)) return [];
    const right = input
      .rightsOf(`${namespace}/${serviceAccount}`)
      .find((each) => allows([each], { verb: 'update', group, resource }));
    if (right === undefined) return [];
    const evidence = [input.evidence(id, 'came with the definition, and may change everything')];
    return [{ workload: id, confidence: 'possible', isNamedAfter: false, evidence }];
  });
}

const lasting = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);

/** Definitions that the uninstall leaves alone by design, and that are there in the end. */
function staying({ subject, left, world, goneAt }: RuleInput): KubernetesObject[] {
  const kept = subject.objects.filter(({ object }) => isCrd(object) && keepReason(object) !== undefined);
  const ofHooks = subject.hooks.filter(({ object }) => isCrd(object) && left.has(world.idOf(object)));
  const all = [...subject.crds, ...kept, ...ofHooks].map(({ object }) => object);
  // A hook may delete them all the same.
  return all.filter((object) => goneAt(world.idOf(object)) === undefined);
}

function findingOf(cases: readonly Case[], input: RuleInput): Found {
  const operators = sorted(cases.flatMap(({ servers }) => servers.map(({ workload }) => workload)));
  const kinds = cases.map(({ kind }) => kind).sort();
  const resources = [...new Set(cases.map(({ resource }) => resourceName(resource, input)))].sort();
  return {
    severity: 'note',
    title: `Custom resources of ${agree(kinds, 'kind', 'kinds')} ${listed(kinds, 4)} outlive their operator ${namesOf(operators)}`,
    objects: [...operators, ...sorted(cases.map(({ definition }) => definition))],
    evidence: [
      ...cases.slice(0, 6).map(({ definition, kind }) => input.evidence(definition, 'stays', 'spec.names.kind', kind)),
      ...(cases[0]?.servers ?? []).flatMap(({ evidence }) => evidence.slice(0, 3)),
    ],
    consequence: `${unserved} The ${agree(kinds, 'definition', 'definitions')} of ${listed(kinds, 20)} ${agree(kinds, 'stays', 'stay')} and the operator goes.${ifHeld(cases, input)} It depends on whether custom resources exist then, which only a live cluster shows.`,
    remedies: [lookFirst(resources)],
    bookend: 'same',
  };
}

/** Its role allows it, but that may be for owner references as well. */
function ifHeld(cases: readonly Case[], input: RuleInput): string {
  const held = cases.filter(({ resource, servers }) => servers.some(({ workload }) => mayHold(resource, workload, input)));
  if (held.length === 0) return '';
  const kinds = listed(held.map(({ kind }) => kind).sort(), 20);
  return ` Nobody can delete those of ${kinds} afterwards if the operator puts a finalizer on them, as its role allows.`;
}

function operator(metadata: string): string {
  const rule = '{apiGroups: [example.com], resources: [widgets, widgets/status], verbs: [get, list, watch, update, patch]}';
  return documents(
    widgetCrd(metadata),
    deployment('widget-operator', 'serviceAccountName: widget-operator'),
    account('widget-operator', rule),
  );
}
