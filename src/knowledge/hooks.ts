/**
 * Helm's hooks as Helm reads them: events, weight and delete policies from annotations (`pkg/release/util`,
 * `pkg/action/hooks.go`).
 */
import { textOf } from '../objects/fields.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type PodTemplate, podTemplateOf } from '../objects/pod-template.ts';
import { isCrd } from '../objects/scopes.ts';
import type { Given } from '../reading/subject.ts';
import { inInstallOrder } from './helm-order.ts';

export type Hook = {
  id: ObjectId;
  object: KubernetesObject;
  /** `pre-delete`, `post-install`, …, in lower case. None where Helm leaves the object out. */
  events: readonly string[];
  weight: number;
  /** `hook-succeeded`, …, and whatever else is written; `before-hook-creation` alone when no policy is written. */
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
  const weight = textOf(annotations?.[weightAnnotation]) ?? '';
  const template = object.kind === 'Job' || object.kind === 'Pod' ? podTemplateOf(object) : undefined;
  return {
    id,
    object,
    events: eventsOf(object),
    // What is no whole number counts as 0.
    weight: /^[+-]?\d+$/.test(weight) ? Number(weight) : 0,
    policies: policiesOf(object),
    ...(template && { template }),
  };
}

const knownEvents = new Set([
  ...['pre-install', 'post-install', 'pre-delete', 'post-delete', 'pre-upgrade', 'post-upgrade'],
  ...['pre-rollback', 'post-rollback', 'test', 'test-success'],
]);

/**
 * The events of a hook. One word among them that is no event of Helm is enough for Helm to leave the object out
 * ("skipping unknown hooks"): it never creates and never deletes it. An empty word, behind a comma at the end, is such
 * a one too.
 */
export function eventsOf(object: KubernetesObject): string[] {
  const words = wordsIn(object, hookAnnotation) ?? [];
  return words.every((word) => knownEvents.has(word)) ? words : [];
}

/** Helm takes `before-hook-creation` only where nothing is written: a misspelt policy is none at all. */
function policiesOf(object: KubernetesObject): string[] {
  return wordsIn(object, policyAnnotation) ?? ['before-hook-creation'];
}

/** Helm deletes no definition, whatever its policy: all custom resources would go with it. */
export function isDeletedOnSuccess(object: KubernetesObject): boolean {
  return !isCrd(object) && policiesOf(object).includes('hook-succeeded');
}

/** Whether the annotation takes the object out of the release, even with no event behind it. */
export function isHook({ metadata }: KubernetesObject): boolean {
  return typeof metadata.annotations?.[hookAnnotation] === 'string';
}

function wordsIn({ metadata }: KubernetesObject, annotation: string): string[] | undefined {
  const written = metadata.annotations?.[annotation];
  return typeof written === 'string' ? written.split(',').map((word) => word.trim().toLowerCase()) : undefined;
}

/** Lists in annotations have commas, and often spaces after them, which Helm trims; it compares in lower case. */
export function listIn(object: KubernetesObject, annotation: string): string[] {
  return (wordsIn(object, annotation) ?? []).filter((word) => word !== '');
}

function byName(a: KubernetesObject, b: KubernetesObject): number {
  const [first, second] = [String(a.metadata.name), String(b.metadata.name)];
  return first < second ? -1 : first > second ? 1 : 0;
}
