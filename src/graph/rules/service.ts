/**
 * Pods find each other, and are found, through their Services until they have ended: a clustered database leaves its
 * cluster through its headless Service. So the Service outlives the Pods that it selects. It is also made before them,
 * as Kubernetes' configuration guide advises.
 *
 * A Service without a selector leads to hand-made endpoints, one of type ExternalName may lead to another Service: such
 * a Service needs what it leads to.
 */
import { fieldAt, textMapOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { named } from './named.ts';

export const service: EdgeRule = {
  name: 'service',
  why: 'Without their Service, terminating Pods do not find each other, and requests to them fail.',
  find: (world) => [...selected(world), ...governed(world), ...handMade(world), ...aliases(world)],
};

function selected(world: World): Edge[] {
  return world.ofKind('', 'Service').flatMap((object) => {
    const selector = textMapOf(fieldAt(object, 'spec', 'selector'));
    if (Object.keys(selector).length === 0) return [];
    const to = world.idOf(object);
    return world.workloadsWithLabels(object.metadata.namespace ?? '', selector).map(({ id, podSpecPath }) => ({
      from: id,
      to,
      rule: 'service',
      evidence: [
        { object: to, field: 'spec.selector' },
        { object: id, field: podSpecPath.replace(/spec$/, 'metadata.labels') },
      ],
    }));
  });
}

/** A StatefulSet names its governing Service, which gives its Pods their DNS names. */
function governed(world: World): Edge[] {
  return world.ofKind('apps', 'StatefulSet').flatMap((set): Edge[] => {
    const reference = { from: world.idOf(set), field: 'spec.serviceName', value: fieldAt(set, 'spec', 'serviceName') };
    return named({ rule: 'service', ...reference }, '', 'Service', set.metadata.namespace);
  });
}

/** Endpoints of the Service's own name, and EndpointSlices that carry it as a label. */
function handMade(world: World): Edge[] {
  const label = 'kubernetes.io/service-name';
  const ofSlices = world.ofKind('discovery.k8s.io', 'EndpointSlice').flatMap((slice): Edge[] => {
    const value = textOf(slice.metadata.labels?.[label]);
    const to = world.idOf(slice);
    const field = `metadata.labels[${label}]`;
    return value === undefined ? [] : toEndpoints(slice.metadata.namespace, value, to, field, world);
  });
  const ofEndpoints = world.ofKind('', 'Endpoints').flatMap((endpoints) => {
    const { namespace, name } = endpoints.metadata;
    return toEndpoints(namespace, name, world.idOf(endpoints), 'metadata.name', world);
  });
  return [...ofSlices, ...ofEndpoints];
}

/** Where a Service has a selector, its controller makes the endpoints again. */
function toEndpoints(namespace: string | undefined, name: string, to: ObjectId, field: string, world: World): Edge[] {
  const from = makeId('', 'Service', namespace, name);
  const object = world.byId(from);
  if (object === undefined || Object.keys(textMapOf(fieldAt(object, 'spec', 'selector'))).length > 0) return [];
  return [{ from, to, rule: 'service', evidence: [{ object: to, field, value: name }] }];
}

/** `externalName: web.shop.svc.cluster.local` */
function aliases(world: World): Edge[] {
  return world.ofKind('', 'Service').flatMap((object): Edge[] => {
    const value = textOf(fieldAt(object, 'spec', 'externalName'));
    const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(value ?? '') ?? [];
    if (fieldAt(object, 'spec', 'type') !== 'ExternalName' || value === undefined || name === undefined) return [];
    const from = world.idOf(object);
    const evidence = [{ object: from, field: 'spec.externalName', value }];
    return [{ from, to: makeId('', 'Service', namespace, name), rule: 'service', evidence }];
  });
}
