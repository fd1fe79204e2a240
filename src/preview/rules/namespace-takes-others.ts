/** Deleting a Namespace of the release deletes everything in it. */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { isNamespaceDefault } from '../../objects/namespace-defaults.ts';
import { deployment } from './examples.ts';
import { keepAll, look } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, count, namesOf } from './words.ts';

export const meta: RuleMeta = {
  id: 'namespace-takes-others',
  name: 'A Namespace in the release goes with everything in it',
  means:
    'Deleting a Namespace deletes everything in it, also what others created. A chart that has its Namespace as a template deletes with it what users and other releases put there, claims with their data too.',
  severity: 'error',
  fails: {
    says: 'The Namespace is one of the objects.',
    yaml: `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${deployment('web')}`,
  },
  passes: { says: 'The Namespace is not part of the release: `helm install --create-namespace`.', yaml: deployment('web') },
};

export function find(input: RuleInput): Found[] {
  if (input.scenario.tool === 'namespace') return [];
  return input.world.ofKind('', 'Namespace').flatMap((namespace) => {
    const id = input.world.idOf(namespace);
    if (!input.isDeleted(id)) return [];
    const name = parseId(id).name;
    const foreign = input.world.inNamespace(name).flatMap((object): ObjectId[] => {
      const each = input.world.idOf(object);
      const owned = (object.metadata.ownerReferences ?? []).length > 0;
      return input.given.has(each) || owned || isNamespaceDefault(each) || !input.isSeen(each) ? [] : [each];
    });
    const others = foreign.filter(
      (each) => !['Secret', 'ConfigMap', 'Event', 'Lease', 'Endpoints', 'EndpointSlice', 'Pod'].includes(parseId(each).kind),
    );
    return [
      {
        severity: others.length > 0 ? ('error' as const) : ('note' as const),
        title:
          others.length > 0
            ? `${namesOf(others)}, not of this uninstall, ${agree(others, 'goes', 'go')} with Namespace ${name}`
            : `Namespace ${name} goes, with everything in it`,
        objects: [id, ...others],
        evidence: [
          input.evidence(id, 'one of the objects that are deleted', 'kind', 'Namespace'),
          ...others.slice(0, 5).map((each) => input.evidence(each, 'is in it, and not part of what is uninstalled')),
        ],
        consequence:
          others.length > 0
            ? `${count(others.length, 'object')} of others ${agree(others, 'is', 'are')} deleted too.`
            : 'Everything that others put into it is deleted too, claims with their data included.',
        remedies: [
          ...(input.helm
            ? [
                {
                  says: 'Keep the Namespace when the release is uninstalled; or leave it out of the chart and install with `--create-namespace`.',
                  steps: keepAll([id]),
                },
              ]
            : []),
          { says: 'See what else is in it.', steps: [look('before', 'kubectl', 'get', contents, '-n', name)] },
        ],
        bookend: 'same' as const,
      },
    ];
  });
}

const contents = 'deployments.apps,statefulsets.apps,daemonsets.apps,services,persistentvolumeclaims,secrets,configmaps';
