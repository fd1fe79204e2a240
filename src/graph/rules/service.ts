/**
 * Pods find each other, and are found, through their Services until they have ended: a clustered database leaves its
 * cluster through its headless Service. So the Service outlives the Pods that it selects. It is also made before them,
 * as Kubernetes' configuration guide advises.
 */
import { fieldAt, textMapOf } from '../../objects/fields.ts';
import type { Edge, EdgeRule, World } from '../edge.ts';
import { named } from './named.ts';

export const service: EdgeRule = {
  name: 'service',
  why: 'Without their Service, terminating Pods do not find each other, and requests to them fail.',
  find: (world) => [...selected(world), ...governed(world)],
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
