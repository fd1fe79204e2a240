/** A Namespace among the objects takes along whatever is in it. */
import { type ObjectId, parseId } from '../../objects/identity.ts';
import { deployment } from './examples.ts';
import type { Rule } from './rule.ts';
import { count, namesOf } from './words.ts';

export const namespaceTakesOthers: Rule = {
  id: 'namespace-takes-others',
  name: 'A Namespace in the release takes everything in it along',
  means:
    'Deleting a Namespace deletes all that is in it, whoever made it. A chart that brings its Namespace as a template deletes with it what users and other releases put there, claims with their data too.',
  fails: {
    says: 'The Namespace is one of the objects.',
    yaml: `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${deployment('web')}`,
  },
  passes: { says: 'The Namespace is somebody else’s: `helm install --create-namespace`.', yaml: deployment('web') },
  find(input) {
    if (input.scenario.tool === 'namespace') return [];
    return input.world.ofKind('', 'Namespace').flatMap((namespace) => {
      const id = input.world.idOf(namespace);
      if (!input.isDeleted(id)) return [];
      const name = parseId(id).name;
      const foreign = input.world.inNamespace(name).flatMap((object): ObjectId[] => {
        const each = input.world.idOf(object);
        const owned = (object.metadata.ownerReferences ?? []).length > 0;
        return input.given.has(each) || owned || isOfNamespace(each) || !input.isSeen(each) ? [] : [each];
      });
      const others = foreign.filter(
        (each) => !['Secret', 'ConfigMap', 'Event', 'Lease', 'Endpoints', 'EndpointSlice', 'Pod'].includes(parseId(each).kind),
      );
      return [
        {
          severity: others.length > 0 ? ('error' as const) : ('note' as const),
          title:
            others.length > 0
              ? `${namesOf(others)}, not of this uninstall, ${others.length === 1 ? 'goes' : 'go'} with Namespace ${name}`
              : `Namespace ${name} goes, with everything in it`,
          objects: [id, ...others],
          evidence: [
            input.evidence(id, 'one of the objects that are deleted', 'kind', 'Namespace'),
            ...others.slice(0, 5).map((each) => input.evidence(each, 'is in it, and not part of what is uninstalled')),
          ],
          consequence:
            others.length > 0
              ? `${count(others.length, 'object')} of others ${others.length === 1 ? 'is' : 'are'} deleted too.`
              : 'Whatever others have put into it is deleted too, claims with their data included.',
          remedy: 'Keep it with `helm.sh/resource-policy: keep`, or leave the Namespace to `helm install --create-namespace`.',
          bookend: 'same' as const,
        },
      ];
    });
  },
};

/** Every namespace has these. */
function isOfNamespace(id: ObjectId): boolean {
  const { kind, name } = parseId(id);
  return (kind === 'ServiceAccount' && name === 'default') || (kind === 'ConfigMap' && name === 'kube-root-ca.crt');
}
