/**
 * A CustomResourceDefinition among a chart's templates is deleted with the release, and takes every custom resource of
 * its kind along: in all namespaces, of all releases, without asking an admission webhook.
 */

import { rightsByAccount } from '../../knowledge/rights.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, groupOf, type ObjectId, parseId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isCrd } from '../../objects/scopes.ts';
import { shellWord } from '../../objects/shell-quote.ts';
import { anyOf, hookDeleting, resourcesByCrd } from './finalizer-servers.ts';
import { type ExplainedEnds, endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, listed, namesOf, sorted } from './words.ts';

export const customResourcesWiped: Rule = {
  id: 'custom-resources-wiped',
  name: 'Custom resources go with their CustomResourceDefinition',
  means: [
    'Deleting a CustomResourceDefinition deletes all custom resources of its kind at once: those of other namespaces and other releases too, without admission, so no webhook or policy can stop it.',
    'Helm deletes the definitions that stand among the templates; those in `crds/` and those with `helm.sh/resource-policy: keep` it leaves alone.',
    'It is an error when custom resources that are not part of the release were found, a note when a hook deletes them before, and a warning when there is no cluster to look at.',
  ].join(' '),
  fails: {
    says: 'The definition is a template like any other, and goes with the release.',
    yaml: crd(''),
  },
  passes: {
    says: 'The annotation keeps the definition, and with it everybody’s custom resources.',
    yaml: crd(', annotations: {helm.sh/resource-policy: keep}'),
  },
  find(input, told) {
    const crds = input.subject.objects.map(({ object }) => object).filter((object) => isCrd(object) && goes(object, input));
    if (crds.length === 0) return [];
    const resources = resourcesByCrd(input);
    const foreign = crds
      .flatMap((each) => resources.get(input.world.idOf(each)) ?? [])
      .filter((object) => !input.given.has(input.world.idOf(object)));
    if (foreign.length > 0) {
      const taken = foreign.filter((each) => !isGoneBefore(each, input));
      const concerned = taken.length > 0 ? taken : foreign;
      const definitions = new Set(
        concerned.map((each) => definitionOf(each, input)).map((each) => each && input.world.idOf(each)),
      );
      const found = wiped(
        crds.filter((each) => definitions.has(input.world.idOf(each))),
        concerned,
        input,
      );
      return [taken.length > 0 ? found : onPurpose(found, concerned, input)];
    }
    const unseen = input.live ? crds.filter((each) => isUnseen(each, input)) : crds;
    return unseen.length === 0 ? [] : [mayBeWiped(unseen, told, input)];
  },
};

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
  const rights = rightsByAccount(input.world);
  const [hook] = resources.flatMap((each) => hookDeleting(input.world.idOf(each), input, rights) ?? []);
  const ids = sorted(resources.map((each) => input.world.idOf(each)));
  return {
    ...found,
    severity: 'note',
    title: `${count(ids.length, 'custom resource')} that the release did not bring ${ids.length === 1 ? 'is' : 'are'} deleted by its uninstall`,
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
    title: `${count(ids.length, 'custom resource')} that the release did not bring ${ids.length === 1 ? 'goes' : 'go'} with ${namesOf(definitions, 2)}`,
    objects: [...definitions, ...ids],
    evidence: [
      ...definitions
        .slice(0, 5)
        .map((id) => input.evidence(id, 'deleted with the release: neither in crds/ nor kept by annotation')),
      ...ids.slice(0, 5).map((id) => input.evidence(id, releaseEvidence(world.byId(id)))),
    ],
    consequence: `${namesOf(ids, 5)}${where} are deleted together with their definition${releases.length > 0 ? `, of ${listed(releases)} too` : ''}. No admission webhook is asked.${stay.length > 0 ? ` ${count(stay.length, 'of them stays', 'of them stay')} Terminating.` : ''}`,
    remedy: keepRemedy(definitions, input),
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

function mayBeWiped(crds: readonly KubernetesObject[], told: ExplainedEnds, input: RuleInput): Found {
  const rights = rightsByAccount(input.world);
  const ids = sorted(crds.map((each) => input.world.idOf(each)));
  const hooks = crds.flatMap((each) => hookDeleting(anyOf(each), input, rights) ?? []);
  // Where a hook deletes all of them on purpose, the definition takes nothing along that was to stay.
  const meant = crds.length === hooks.filter(({ sure }) => sure).length;
  const operators = sorted(
    crds.flatMap((each) => {
      if (meant || told.has(endOf('left', input.world.idOf(each)))) return [];
      const { group, kind } = parseId(anyOf(each));
      return input.serving
        .controllersOf(group, kind)
        .flatMap(({ workload }) => (isEarlier(workload, each, input) ? [workload] : []));
    }),
  );
  const hanging =
    operators.length === 0
      ? ''
      : ` ${namesOf(operators)} ${operators.length === 1 ? 'is' : 'are'} deleted before: those with a finalizer of it stay Terminating, and their definition with them.`;
  const [first] = hooks;
  const hook = first === undefined ? '' : ` ${describeId(first.hook.id)} ${first.sure ? 'deletes' : 'may delete'} them before.`;
  const why = input.live ? 'whether there are any: they may not be listed' : 'whether there are any: no cluster was looked at';
  return {
    severity: meant ? 'note' : 'warning',
    title: `${crds.length === 1 ? namesOf(ids) : count(ids.length, 'CustomResourceDefinition')} among the templates ${crds.length === 1 ? 'goes' : 'go'} with the release, with all custom resources of everybody`,
    objects: ids,
    evidence: ids.slice(0, 5).map((id) => input.evidence(id, 'a template without the keep policy', 'metadata.annotations')),
    consequence: `Every custom resource of ${kinds(crds)} in every namespace is deleted with it.${hook}${hanging} It depends on ${why}.`,
    remedy: keepRemedy(ids, input),
    bookend: 'same',
    tells: ids.map((id) => endOf('step', id)),
  };
}

function isEarlier(workload: ObjectId, crd: KubernetesObject, input: RuleInput): boolean {
  const [first, second] = [input.calledAt(workload), input.calledAt(input.world.idOf(crd))];
  return first !== undefined && second !== undefined && first < second;
}

function kinds(crds: readonly KubernetesObject[]): string {
  return listed(crds.map((each) => textOf(fieldAt(each, 'spec', 'names', 'kind')) ?? String(each.metadata.name)).sort(), 5);
}

function keepRemedy(ids: readonly ObjectId[], { helm }: RuleInput): string {
  const [first] = ids;
  const name = first === undefined ? '' : parseId(first).name;
  return helm
    ? `Keep ${ids.length === 1 ? 'the definition' : 'the definitions'}: in the template \`metadata: {annotations: {helm.sh/resource-policy: keep}}\`, or move ${ids.length === 1 ? 'it' : 'them'} to the chart's crds/ directory. Before this uninstall: \`kubectl get ${shellWord(name)} --all-namespaces\` shows what would go.`
    : `Leave ${ids.length === 1 ? 'the definition' : 'the definitions'} out of what is deleted. \`kubectl get ${shellWord(name)} --all-namespaces\` shows what would go.`;
}

function crd(annotations: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com${annotations}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
`;
}
