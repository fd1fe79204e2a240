/**
 * A CustomResourceDefinition among a chart's templates is deleted with the release, and takes every custom resource of
 * its kind along: in all namespaces, of all releases, without asking an admission webhook.
 */

import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { keepAnnotations, widgetCrd } from './examples.ts';
import { anyOf, resourcesByCrd } from './finalizer-servers.ts';
import { type HookDeleting, hookDeleting, reachInWords } from './hook-reach.ts';
import { keepAll, look } from './remedy-steps.ts';
import type { Explained, Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { mayHold, supposedServers } from './supposed-operators.ts';
import { agree, count, listed, namesOf, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'custom-resources-wiped',
  name: 'Custom resources go with their CustomResourceDefinition',
  means: [
    'Deleting a CustomResourceDefinition deletes all custom resources of its kind at once: those of other namespaces and other releases too, without admission, so no webhook or policy can stop it.',
    'Helm deletes the definitions among the templates. It leaves those in `crds/` and those with `helm.sh/resource-policy: keep` alone.',
    'It is an error when custom resources that are not part of the release were found, a note when a hook deletes them before, and a warning when there is no cluster to look at.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['finalizer-unserved'],
  fails: {
    says: 'The definition is a template like any other, and goes with the release.',
    yaml: widgetCrd(),
  },
  passes: {
    says: 'The annotation keeps the definition, and with it everybody’s custom resources.',
    yaml: widgetCrd(keepAnnotations),
  },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const crds = input.subject.objects.map(({ object }) => object).filter((object) => isCrd(object) && goes(object, input));
  if (crds.length === 0) return [];
  const resources = resourcesByCrd(input);
  const foreign = crds
    .flatMap((each) => resources.get(input.world.idOf(each)) ?? [])
    .filter((object) => !input.given.has(input.world.idOf(object)));
  if (foreign.length > 0) {
    const taken = foreign.filter((each) => !isGoneBefore(each, input));
    const concerned = taken.length > 0 ? taken : foreign;
    const definitions = new Set(concerned.map((each) => definitionOf(each, input)).map((each) => each && input.world.idOf(each)));
    const found = wiped(
      crds.filter((each) => definitions.has(input.world.idOf(each))),
      concerned,
      input,
    );
    return [taken.length > 0 ? found : onPurpose(found, concerned, input)];
  }
  const unseen = input.live ? crds.filter((each) => isUnseen(each, input)) : crds;
  return unseen.length === 0 ? [] : [mayBeWiped(unseen, isExplained, input)];
}

function goes(object: KubernetesObject, input: RuleInput): boolean {
  const id = input.world.idOf(object);
  return input.isDeleted(id) && (input.calledAt(id) !== undefined || input.goneAt(id) !== undefined);
}

function definitionOf(resource: KubernetesObject, input: RuleInput): KubernetesObject | undefined {
  return input.world.crdOf(groupOf(resource.apiVersion), resource.kind);
}

/** Somebody deletes it in the play, while its definition stands: that is what a pre-delete hook is for. */
function isGoneBefore(resource: KubernetesObject, input: RuleInput): boolean {
  const definition = definitionOf(resource, input);
  const [gone, called] = [input.goneAt(input.world.idOf(resource)), definition && input.calledAt(input.world.idOf(definition))];
  return gone !== undefined && called !== undefined && gone <= called;
}

function onPurpose(found: Found, resources: readonly KubernetesObject[], input: RuleInput): Found {
  const [hook] = resources.flatMap((each) => hookDeleting(input.world.idOf(each), input) ?? []);
  const ids = sorted(resources.map((each) => input.world.idOf(each)));
  return {
    ...found,
    severity: 'note',
    title: `${count(ids.length, 'custom resource')} that the release did not bring ${agree(ids, 'is', 'are')} deleted by its uninstall`,
    consequence: `${hook ? describeId(hook.hook.id) : 'The uninstall'} deletes ${namesOf(ids, 5)} before the definition goes.`,
  };
}

/** The list of its custom resources was refused. */
function isUnseen({ metadata }: KubernetesObject, input: RuleInput): boolean {
  return input.subject.surroundings.notSeen.some((each) => each.includes(String(metadata.name)));
}

function wiped(crds: readonly KubernetesObject[], foreign: readonly KubernetesObject[], input: RuleInput): Found {
  const { world } = input;
  const ids = sorted(foreign.map((each) => world.idOf(each)));
  const namespaces = [...new Set(ids.flatMap((id) => parseId(id).namespace ?? []))].sort();
  const where = namespaces.length === 0 ? '' : ` in ${count(namespaces.length, 'namespace')} (${listed(namespaces)})`;
  const definitions = sorted(crds.map((each) => world.idOf(each)));
  const releases = sorted(foreign.flatMap(releaseOf) as ObjectId[]);
  const stay = ids.filter((id) => input.left.get(id)?.why === 'stuck');
  return {
    severity: 'error',
    title: `${count(ids.length, 'custom resource')} that the release did not bring ${agree(ids, 'goes', 'go')} with ${namesOf(definitions, 2)}`,
    objects: [...definitions, ...ids],
    evidence: [
      ...definitions
        .slice(0, 5)
        .map((id) => input.evidence(id, 'deleted with the release: neither in crds/ nor kept by annotation')),
      ...ids.slice(0, 5).map((id) => input.evidence(id, releaseEvidence(world.byId(id)))),
    ],
    consequence: `${namesOf(ids, 5)}${where} are deleted together with their definition${releases.length > 0 ? `, of ${listed(releases)} too` : ''}. No admission webhook is asked.${stay.length > 0 ? ` ${count(stay.length, 'of them stays', 'of them stay')} Terminating.` : ''}`,
    remedies: keepRemedies(definitions, input),
    bookend: 'same',
  };
}

function releaseEvidence(object: KubernetesObject | undefined): string {
  const [release] = object ? releaseOf(object) : [];
  return release === undefined ? 'exists, and is not part of the release' : `exists, and is part of ${release}`;
}

function releaseOf({ metadata }: KubernetesObject): string[] {
  const name = textOf(metadata.annotations?.['meta.helm.sh/release-name']);
  const namespace = textOf(metadata.annotations?.['meta.helm.sh/release-namespace']);
  return name === undefined ? [] : [`release ${namespace ? `${namespace}/` : ''}${name}`];
}

function mayBeWiped(crds: readonly KubernetesObject[], isExplained: Explained, input: RuleInput): Found {
  const ids = sorted(crds.map((each) => input.world.idOf(each)));
  const hooks = crds.flatMap((each) => hookDeleting(anyOf(each), input) ?? []);
  // Where a hook deletes all of them on purpose, the definition takes nothing along that was to stay.
  const meant = crds.length === hooks.filter(({ sure }) => sure).length;
  const operators = sorted(
    crds.flatMap((each) => {
      if (meant || isExplained('left', input.world.idOf(each))) return [];
      const { group, kind } = parseId(anyOf(each));
      return input.serving
        .controllersOf(group, kind)
        .filter(({ confidence }) => confidence !== 'possible')
        .flatMap(({ workload }) => (isEarlier(workload, each, input) ? [workload] : []));
    }),
  );
  const hanging =
    operators.length === 0
      ? ''
      : ` ${namesOf(operators)} ${agree(operators, 'is', 'are')} deleted before: those with a finalizer of it stay Terminating, and their definition with them.`;
  const [first] = hooks;
  const hook = first === undefined ? '' : ` ${describeId(first.hook.id)} ${whatGoesBefore(first)} before.`;
  const why = input.live ? 'whether there are any: they may not be listed' : 'whether there are any: no cluster was looked at';
  return {
    severity: meant ? 'note' : 'warning',
    title:
      `${crds.length === 1 ? namesOf(ids) : count(ids.length, 'CustomResourceDefinition')} among the templates ${agree(crds, 'goes', 'go')} with the release, with every custom resource of its kind`.replace(
        'its kind',
        crds.length === 1 ? 'its kind' : 'these kinds',
      ),
    objects: ids,
    evidence: ids.slice(0, 5).map((id) => input.evidence(id, 'a template without the keep policy', 'metadata.annotations')),
    consequence: `Every custom resource of ${kinds(crds)} in every namespace is deleted with it.${hook}${hanging} It depends on ${why}.`,
    remedies: keepRemedies(ids, input),
    bookend: 'same',
  };
}

function whatGoesBefore({ sure, only }: HookDeleting): string {
  if (only) return `deletes only ${reachInWords(only)}`;
  return sure ? 'deletes them' : 'may delete them';
}

function isEarlier(workload: ObjectId, crd: KubernetesObject, input: RuleInput): boolean {
  const [first, second] = [input.calledAt(workload), input.calledAt(input.world.idOf(crd))];
  return first !== undefined && second !== undefined && first < second;
}

function kinds(crds: readonly KubernetesObject[]): string {
  return listed(crds.map((each) => textOf(fieldAt(each, 'spec', 'names', 'kind')) ?? String(each.metadata.name)).sort(), 5);
}

function keepRemedies(ids: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  const { helm } = input;
  const names = ids.map((id) => parseId(id).name).join(',');
  return [
    ...(helm && !ids.some((id) => isHeld(id, input))
      ? [
          {
            says: `Keep ${agree(ids, 'the definition', 'the definitions')} when the release is uninstalled, or move ${agree(ids, 'it', 'them')} to the crds/ directory of the chart.`,
            steps: keepAll(ids),
          },
        ]
      : []),
    {
      says: 'List the custom resources that would go, and save those that matter.',
      steps: [look('before', 'kubectl', 'get', names, '--all-namespaces', '-o', 'yaml')],
    },
  ];
}

/** Kept, its custom resources would outlive the operator that may hold them with a finalizer. */
function isHeld(id: ObjectId, input: RuleInput): boolean {
  const crd = input.world.byId(id);
  const resource = crd && anyOf(crd);
  return resource !== undefined && supposedServers(resource, input).some(({ workload }) => mayHold(resource, workload, input));
}
