/**
 * Pods name ResourceClaims and ResourceClaimTemplates, and these the DeviceClasses of the devices that they ask for
 * (dynamic resource allocation). A claim that a Pod uses keeps its finalizer; a Pod whose claim, template or class is
 * gone can be neither scheduled nor replaced.
 */
import { fieldAt, listOf } from '../../objects/fields.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Edge, EdgeRule, Workload, World } from '../edge.ts';
import { named } from './named.ts';

const group = 'resource.k8s.io';

export const device: EdgeRule = {
  name: 'device',
  why: 'Without its ResourceClaim or DeviceClass no Pod that asks for a device can be scheduled.',
  find: (world) => [
    ...world.workloads.flatMap(claimsOf),
    ...world.ofKind(group, 'ResourceClaim').flatMap((claim) => classesOf(claim, ['spec'], world)),
    ...world.ofKind(group, 'ResourceClaimTemplate').flatMap((template) => classesOf(template, ['spec', 'spec'], world)),
  ],
};

function claimsOf({ id, namespace, podSpec, podSpecPath }: Workload): Edge[] {
  return listOf(podSpec.resourceClaims).flatMap((entry, index) =>
    ['ResourceClaim', 'ResourceClaimTemplate'].flatMap((kind) => {
      const field = kind.replace(/^R/, 'r').concat('Name');
      const path = `${podSpecPath}.resourceClaims[${index}].${field}`;
      return named({ rule: 'device', from: id, field: path, value: fieldAt(entry, field) }, group, kind, namespace);
    }),
  );
}

/**
 * Requests name a class by themselves in v1beta1, in `exactly` since v1beta2, and each of several in `firstAvailable`.
 */
function classesOf(object: KubernetesObject, path: readonly string[], world: World): Edge[] {
  const place = `${path.join('.')}.devices.requests`;
  return listOf(fieldAt(object, ...path, 'devices', 'requests')).flatMap((request, index) => {
    const asked: [unknown, string][] = [
      [request, ''],
      [fieldAt(request, 'exactly'), '.exactly'],
      ...listOf(fieldAt(request, 'firstAvailable')).map((each, at): [unknown, string] => [each, `.firstAvailable[${at}]`]),
    ];
    return asked.flatMap(([value, at]) => {
      const field = `${place}[${index}]${at}.deviceClassName`;
      const reference = { rule: 'device', from: world.idOf(object), field, value: fieldAt(value, 'deviceClassName') };
      return named(reference, group, 'DeviceClass');
    });
  });
}
