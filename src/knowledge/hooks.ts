/**
 * Helm's hooks as Helm reads them: events, weight and delete policies from annotations (`pkg/release/util`,
 * `pkg/action/hooks.go`).
 */
import type { World } from '../graph/edge.ts';
import { textOf } from '../objects/fields.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type PodTemplate, podTemplateOf } from '../objects/pod-template.ts';
import type { Given } from '../reading/subject.ts';
import { inInstallOrder } from './helm-order.ts';

export type Hook = {
  id: ObjectId;
  object: KubernetesObject;
  /** `pre-delete`, `post-install`, …, in lower case. */
  events: readonly string[];
  weight: number;
  /** `hook-succeeded`, …; `before-hook-creation` alone when no policy is written. */
  policies: readonly string[];
  /** Only of Jobs and Pods: the kinds that Helm waits for. */
  template?: PodTemplate;
};

export const hookAnnotation = 'helm.sh/hook';
export const policyAnnotation = 'helm.sh/hook-delete-policy';
export const weightAnnotation = 'helm.sh/hook-weight';

/**
 * The hooks in Helm's order: by weight, then by name; of one weight and name in the order in which kinds are installed.
 */
export function hooksOf(given: readonly Given[], world: World): Hook[] {
  const sorted = given.toSorted((a, b) => (world.idOf(a.object) < world.idOf(b.object) ? -1 : 1));
  return inInstallOrder(sorted)
    .map(({ object }) => hookOf(object, world.idOf(object)))
    .sort((a, b) => a.weight - b.weight || byName(a.object, b.object));
}

/** Whether it runs at an uninstall. */
export function runsAtUninstall({ events }: Hook): boolean {
  return events.includes('pre-delete') || events.includes('post-delete');
}

/** As it is written in an annotation's field path. */
export function annotationField(annotation: string): string {
  return `metadata.annotations[${annotation}]`;
}

function hookOf(object: KubernetesObject, id: ObjectId): Hook {
  const { annotations } = object.metadata;
  const policies = wordsOf(annotations?.[policyAnnotation]);
  const weight = Number.parseInt(textOf(annotations?.[weightAnnotation]) ?? '0', 10);
  const template = object.kind === 'Job' || object.kind === 'Pod' ? podTemplateOf(object) : undefined;
  return {
    id,
    object,
    events: wordsOf(annotations?.[hookAnnotation]),
    weight: Number.isNaN(weight) ? 0 : weight,
    policies: policies.length > 0 ? policies : ['before-hook-creation'],
    ...(template && { template }),
  };
}

/** Split at commas, without the spaces around, in lower case. */
function wordsOf(value: unknown): string[] {
  return (textOf(value) ?? '')
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
}

function byName(a: KubernetesObject, b: KubernetesObject): number {
  const [first, second] = [String(a.metadata.name), String(b.metadata.name)];
  return first < second ? -1 : first > second ? 1 : 0;
}
