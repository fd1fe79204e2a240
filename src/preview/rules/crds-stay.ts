/** Definitions that no uninstall takes along: those of a chart's `crds/` directory. */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { parseId } from '../../objects/identity.ts';
import { definitionRemedies } from './definition-remedies.ts';
import { deployment, widgetCrd } from './examples.ts';
import { look } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { unexplained } from './unexplained.ts';
import { agree, count, listed, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'crds-stay',
  name: 'CustomResourceDefinitions stay',
  means: [
    'Helm installs what is in `crds/` and neither upgrades nor deletes it. Definitions and custom resources outlive the release. That protects them. For a clean cluster, delete them; custom resources with a finalizer',
    'can be deleted only while their operator runs.',
  ].join(' '),
  severity: 'note',
  hiddenBy: ['finalizer-unserved'],
  fails: {
    says: 'Given in the chart’s crds/ directory.',
    yaml: `# Source: widget-operator/crds/widgets.yaml\n${widgetCrd()}---\n${deployment('widget-operator')}`,
  },
  passes: { says: 'A chart without definitions.', yaml: deployment('widget-operator') },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  const all = unexplained(input, isExplained, 'crd');
  if (all.length === 0) return input.subject.crds.length === 0 ? appliedByHooks(input) : [];
  const ids = all.map(({ id }) => id);
  const resources = unexplained(input, isExplained, 'custom-resource').filter(({ id }) => input.isSeen(id));
  const kinds = ids.map((id) => textOf(fieldAt(input.world.byId(id), 'spec', 'names', 'kind')) ?? parseId(id).name);
  const there =
    resources.length === 0
      ? ''
      : `, and with ${agree(ids, 'it', 'them')} ${count(resources.length, 'custom resource')}: ${namesOf(resources.map(({ id }) => id))}`;
  return [
    {
      severity: 'note',
      title: `${ids.length === 1 ? namesOf(ids) : count(ids.length, 'CustomResourceDefinition')} ${agree(ids, 'stays', 'stay')}${resources.length > 0 ? ', with custom resources' : ''}`,
      objects: [...ids, ...resources.map(({ id }) => id)],
      evidence: all.slice(0, 8).map(({ id, because }) => input.evidence(id, because)),
      consequence: `The ${agree(ids, 'kind', 'kinds')} ${listed(kinds, 5)} ${agree(ids, 'stays', 'stay')}${there}. Nobody can delete custom resources with a finalizer of the operator once the operator is gone.`,
      remedies: definitionRemedies(ids, input),
      bookend: 'same',
      explains: ends('left', [...ids, ...resources.map(({ id }) => id)]),
    },
  ];
}

/** A Job of the installation that may make definitions applies some that are in no manifest of the release. */
function appliedByHooks(input: RuleInput): Found[] {
  if (input.live) return [];
  const appliers = input.hooks.flatMap((hook) => {
    const isOfInstallation = hook.events.some((event) => /^(pre|post)-(install|upgrade)$/.test(event));
    if (hook.template === undefined || !isOfInstallation) return [];
    const namespace = hook.object.metadata.namespace ?? input.subject.namespace;
    const right = input
      .rightsOf(`${namespace}/${hook.template.serviceAccount}`)
      .find(({ resources, verbs }) => resources.includes('customresourcedefinitions') && verbs.includes('create'));
    return right === undefined ? [] : [{ id: hook.id, right }];
  });
  if (appliers.length === 0) return [];
  const ids = appliers.map(({ id }) => id);
  return [
    {
      severity: 'note',
      title: `CustomResourceDefinitions that ${namesOf(ids)} ${agree(ids, 'creates', 'create')} at the installation stay`,
      objects: ids,
      evidence: appliers.map(({ right }) =>
        input.evidence(right.role, 'allows the hook to create definitions', right.field, right.resources.join(', ')),
      ),
      consequence:
        'They stay with the custom resources of their kinds, which then have no operator: they are not part of the release, and no uninstall deletes them.',
      remedies: [
        {
          says: 'If they should go, delete their custom resources while the operator runs, and the definitions after the uninstall. This lists all definitions.',
          steps: [look('before', 'kubectl', 'get', 'customresourcedefinitions')],
        },
      ],
      bookend: 'same',
    },
  ];
}
