/**
 * From the spec of a ClusterOperator to the objects as they are to be in the cluster: namespaces filled in, our label
 * set. Everything that can be wrong with a spec is found here, before anything is changed, and named by its field.
 */
import { BookendError } from '../errors.ts';
import { buildGraph } from '../graph/build.ts';
import type { Component } from '../graph/edge.ts';
import { describeRef, idOf, type ObjectId, refOf } from '../objects/identity.ts';
import { bookendGroup, clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isCrd, type Scope, scopeOf } from '../objects/scopes.ts';
import { validateObject } from '../objects/validate.ts';
import { installOrder } from '../plan/install-order.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import { type ShareSurroundings, withSharesOfComponent } from './shares.ts';
import { refuseTooLarge } from './size.ts';

export type DesiredObject = {
  id: ObjectId;
  /** As it is applied. */
  object: KubernetesObject;
  component: string;
  /** `spec.components[0].objects[1]` */
  place: string;
  /** What must be ready before it is applied. */
  needs: ObjectId[];
};

export type Desired = {
  /** In the order of installation. */
  objects: DesiredObject[];
  components: Component[];
  /** For each barrier (`Component.bookend.dev/NAME`): what must be ready before it counts as reached. */
  barriers: ReadonlyMap<ObjectId, readonly ObjectId[]>;
};

/**
 * Scope of a kind that is neither built in nor defined in the spec; undefined when the cluster does not serve it
 * either.
 */
export type ScopeLookup = (apiVersion: string, kind: string) => Promise<Scope | undefined>;

/**
 * @throws BookendError `bad-input` with the field: unknown kind, missing namespace, duplicate, `dependsOn` of nothing,
 * too large, a share that no workload can have; `cycle` with each edge of it
 */
export async function desiredOf(
  resource: ClusterOperator,
  lookUp: ScopeLookup,
  surroundings: ShareSurroundings,
): Promise<Desired> {
  const { components, namespace } = resource.spec;
  const places = [];
  for (const [at, component] of components.entries()) {
    const written = component.objects.map((object, index) => {
      const place = `spec.components[${at}].objects[${index}]`;
      validateObject(object, place);
      return { object: object as KubernetesObject, component: component.name, place };
    });
    if (!component.share) places.push(...written);
    else {
      const list = `spec.components[${at}].share`;
      places.push(...(await withSharesOfComponent(written, component.share, { ...surroundings, list, namespace })));
    }
  }
  const crds = places.map((each) => each.object).filter(isCrd);
  const placed = [];
  for (const each of places) {
    const scope = scopeOf(each.object, crds) ?? (await lookUp(each.object.apiVersion, each.object.kind));
    placed.push({ ...each, object: prepared(each.object, scope, each.place, resource) });
  }
  const ids = Map.groupBy(placed, (each) => each.component);
  const groups: Component[] = components.map(({ name, dependsOn = [] }) => ({
    name,
    dependsOn,
    objects: (ids.get(name) ?? []).map((each) => idOf(each.object)),
  }));
  refuseTooLarge(
    resource,
    placed.map(({ object, component }) => ({ id: idOf(object), component })),
  );
  const order = installOrder(buildGraph({ objects: placed.map((each) => each.object), components: groups }));
  const byId = new Map(placed.map((each) => [idOf(each.object), each]));
  const objects: DesiredObject[] = [];
  const barriers = new Map<ObjectId, readonly ObjectId[]>();
  for (const [id, needs] of order) {
    const each = byId.get(id);
    if (each) objects.push({ id, ...each, needs });
    else barriers.set(id, needs);
  }
  return { objects, components: groups, barriers };
}

function prepared(
  object: KubernetesObject,
  scope: Scope | undefined,
  place: string,
  resource: ClusterOperator,
): KubernetesObject {
  const what = describeRef(refOf(object));
  if (object.apiVersion.startsWith(`${bookendGroup}/`) && object.kind === 'ClusterOperator') {
    throw new BookendError('bad-input', `${place}: a ClusterOperator cannot contain another one`, { field: place, object: what });
  }
  if (scope === undefined) {
    throw new BookendError('bad-input', `${place}: the cluster serves no kind ${object.kind} of ${object.apiVersion}`, {
      field: `${place}.kind`,
      object: what,
      advice:
        'It is not served yet, or misspelt: install its CustomResourceDefinition, put that into this ClusterOperator, or correct kind and apiVersion; nothing was changed.',
    });
  }
  const { namespace: given, ...metadata } = object.metadata;
  const namespace = scope === 'Cluster' ? undefined : given || resource.spec.namespace;
  if (scope === 'Namespaced' && !namespace) {
    throw new BookendError('bad-input', `${place}: ${what} needs a namespace: neither it nor spec.namespace names one`, {
      field: `${place}.metadata.namespace`,
      object: what,
    });
  }
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(namespace && { namespace }),
      labels: { ...metadata.labels, [clusterOperatorLabel]: resource.metadata.name },
    },
  };
}
