/**
 * Helm's hooks as Helm reads them: events, weight and delete policies from annotations (`pkg/release/util`,
 * `pkg/action/hooks.go`).
 */
import { textOf } from '../objects/fields.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
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
export function hooksOf(given: readonly Given[]): Hook[] {
  return inInstallOrder(given)
    .map(({ object }) => hookOf(object, idOf(object)))
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
  const policies = listIn(object, policyAnnotation).filter((policy) => known.has(policy));
  const weight = textOf(annotations?.[weightAnnotation]) ?? '';
  const template = object.kind === 'Job' || object.kind === 'Pod' ? podTemplateOf(object) : undefined;
  return {
    id,
    object,
    events: listIn(object, hookAnnotation),
    // What is no whole number counts as 0.
    weight: /^[+-]?\d+$/.test(weight) ? Number(weight) : 0,
    policies: policies.length > 0 ? policies : ['before-hook-creation'],
    ...(template && { template }),
  };
}

const known = new Set(['before-hook-creation', 'hook-succeeded', 'hook-failed']);

/** Lists in annotations have commas, and often spaces after them, which Helm trims; it compares in lower case. */
export function listIn({ metadata }: KubernetesObject, annotation: string): string[] {
  return (textOf(metadata.annotations?.[annotation]) ?? '')
    .split(',')
    .map((word) => word.trim().toLowerCase())
    .filter((word) => word !== '');
}

function byName(a: KubernetesObject, b: KubernetesObject): number {
  const [first, second] = [String(a.metadata.name), String(b.metadata.name)];
  return first < second ? -1 : first > second ? 1 : 0;
}
