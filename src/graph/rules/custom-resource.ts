/**
 * A custom resource exists only while something serves its kind. Deleting the CustomResourceDefinition deletes all of
 * its custom resources in no order and without admission; deleting the APIService makes them unreachable.
 */
import { fieldAt, textOf } from '../../objects/fields.ts';
import { groupOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import type { Edge, EdgeRule } from '../edge.ts';

export const customResource: EdgeRule = {
  name: 'custom-resource',
  why: 'Deleting a CustomResourceDefinition deletes all custom resources of its kind at once, without admission.',
  find: (world) =>
    world.objects.flatMap((object): Edge[] => {
      const group = groupOf(object.apiVersion);
      if (isBuiltInGroup(group)) return [];
      const crd = world.crdOf(group, object.kind);
      if (!crd) return [];
      const from = world.idOf(object);
      const to = world.idOf(crd);
      const evidence = [
        { object: from, field: 'kind', value: object.kind },
        { object: to, field: 'spec.names.kind', value: object.kind },
      ];
      return [{ from, to, rule: 'custom-resource', evidence }];
    }),
};

export const aggregatedResource: EdgeRule = {
  name: 'aggregated-resource',
  why: 'Without its APIService an object of an aggregated API cannot be read or deleted.',
  find(world) {
    const services = new Map<string, KubernetesObject>(
      world.ofKind('apiregistration.k8s.io', 'APIService').map((service) => {
        const group = textOf(fieldAt(service, 'spec', 'group')) ?? '';
        return [`${group}/${textOf(fieldAt(service, 'spec', 'version'))}`, service] as const;
      }),
    );
    if (services.size === 0) return [];
    return world.objects.flatMap((object): Edge[] => {
      const service = services.get(object.apiVersion);
      if (!service || fieldAt(service, 'spec', 'service') === undefined) return [];
      const from = world.idOf(object);
      const evidence = [
        { object: from, field: 'apiVersion', value: object.apiVersion },
        { object: world.idOf(service), field: 'spec.group' },
      ];
      return [{ from, to: world.idOf(service), rule: 'aggregated-resource', evidence }];
    });
  },
};
