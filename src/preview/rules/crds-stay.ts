/** Definitions that no uninstall takes along: those of a chart's `crds/` directory. */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { parseId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { deployment, widgetCrd } from './examples.ts';
import { endOf, type Rule } from './rule.ts';
import { count, listed, namesOf } from './words.ts';

export const crdsStay: Rule = {
  id: 'crds-stay',
  name: 'CustomResourceDefinitions stay',
  means: [
    'Helm installs what is in `crds/` and neither upgrades nor deletes it. Definitions and custom resources outlive the release. That protects them; whoever wants a clean cluster must delete them, and custom resources with a finalizer',
    'can be deleted only while their operator runs.',
  ].join(' '),
  fails: {
    says: 'Given in the chart’s crds/ directory.',
    yaml: `# Source: widget-operator/crds/widgets.yaml\n${widgetCrd()}---\n${deployment('widget-operator')}`,
  },
  passes: { says: 'A chart without definitions.', yaml: deployment('widget-operator') },
  find(input, told) {
    const all = [...input.left.values()].filter(({ id, why }) => why === 'crd' && !told.has(endOf('left', id)));
    if (all.length === 0) return [];
    const ids = all.map(({ id }) => id);
    const resources = [...input.left.values()].filter(
      ({ id, why }) => why === 'custom-resource' && input.isSeen(id) && !told.has(endOf('left', id)),
    );
    const kinds = ids.map((id) => textOf(fieldAt(input.world.byId(id), 'spec', 'names', 'kind')) ?? parseId(id).name);
    const there =
      resources.length === 0
        ? ''
        : `, and with ${ids.length === 1 ? 'it' : 'them'} ${count(resources.length, 'custom resource')}: ${namesOf(resources.map(({ id }) => id))}`;
    return [
      {
        severity: 'note',
        title: `${ids.length === 1 ? namesOf(ids) : count(ids.length, 'CustomResourceDefinition')} ${ids.length === 1 ? 'stays' : 'stay'}${resources.length > 0 ? ', with custom resources' : ''}`,
        objects: [...ids, ...resources.map(({ id }) => id)],
        evidence: all.slice(0, 8).map(({ id, because }) => input.evidence(id, because)),
        consequence: `The ${ids.length === 1 ? 'kind' : 'kinds'} ${listed(kinds, 5)} ${ids.length === 1 ? 'stays' : 'stay'}${there}. Custom resources with a finalizer of an operator that is gone cannot be deleted afterwards.`,
        remedy: `Should they go: first the custom resources, while the operator runs; after the uninstall \`kubectl delete crd ${shellCommand(...ids.slice(0, 3).map((id) => parseId(id).name))}\`${ids.length > 3 ? ' and the others' : ''}.`,
        bookend: 'same',
        tells: [...ids, ...resources.map(({ id }) => id)].map((id) => endOf('left', id)),
      },
    ];
  },
};
