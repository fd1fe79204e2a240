/**
 * Prepares a spec for the simulation: the same objects with Pods that always run, because simulated nodes have no
 * images, volumes or devices. The contents of Pods do not change our requests.
 */
import { annotations } from '../cluster/simulated/index.ts';
import { fieldAt, isMap, listOf, mapOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';

/** A label by which the rehearsal changes objects, in their spec and behind Bookend's back. */
export const changeLabel = 'rehearsal.bookend.dev/change';

export type StandInOptions = {
  /** The value of `changeLabel` on every object. */
  change: string;
  /** Pods that do not stop by themselves. */
  endless?: boolean;
};

/** The ClusterOperator with stand-ins for its objects. */
export function withStandIns(resource: ClusterOperator, options: StandInOptions): ClusterOperator {
  const { metadata, spec } = resource;
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { name: metadata.name },
    spec: {
      ...spec,
      components: spec.components.map((component) => ({
        ...component,
        objects: component.objects.map((object) => changed(standIn(object as KubernetesObject, options), options.change)),
      })),
    },
  };
}

/** One object, with Pods that run. */
export function standIn(object: KubernetesObject, { endless = false }: { endless?: boolean } = {}): KubernetesObject {
  const template = podTemplateOf(object);
  if (!template) return object;
  const annotated = {
    ...template.annotations,
    ...(endless && { [annotations.preStopMs]: '86400000' }),
  };
  const simple = setAt(object, template.specPath.split('.'), runnable(template.spec));
  return setAt(simple, [...template.metadataPath.split('.'), 'annotations'], annotated);
}

/** The containers by name: shares name them. */
function runnable(spec: Record<string, unknown>): Record<string, unknown> {
  const plain = (container: unknown) => {
    const { name, image, restartPolicy } = mapOf(container);
    return { name, image, ...(restartPolicy !== undefined && { restartPolicy }) };
  };
  const { restartPolicy } = spec;
  return {
    ...(restartPolicy !== undefined && { restartPolicy }),
    containers: listOf(spec.containers).map(plain),
    ...(spec.initContainers !== undefined && { initContainers: listOf(spec.initContainers).map(plain) }),
  };
}

function changed(object: KubernetesObject, change: string): KubernetesObject {
  return setAt(object, ['metadata', 'labels'], { ...object.metadata.labels, [changeLabel]: change });
}

function setAt<T>(value: T, path: readonly string[], to: unknown): T {
  const [key, ...rest] = path;
  if (key === undefined) return to as T;
  const inner = isMap(value) ? fieldAt(value, key) : undefined;
  return { ...value, [key]: setAt(inner, rest, to) };
}
