/** The workloads of manifests, and the error if none fits. */
import { BookendError } from '../../errors.ts';
import { type AnyPodTemplate, anyPodTemplateOf } from '../../objects/any-pod-template.ts';
import { fieldAt, isMap, listOf, textOf } from '../../objects/fields.ts';
import { describeRef, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { listed } from '../../share/limits.ts';
import { type Found, whereabouts } from './manifests.ts';
import { type Path, writtenPath } from './path.ts';

export type Workload = Found & { template: AnyPodTemplate };

/**
 * @param templatePath where the Pod template stands in kinds that are not known; the others are found as ever
 * @throws BookendError `bad-input` for a path where no object has a Pod template
 */
export function workloadsIn(objects: readonly Found[], templatePath?: string): Workload[] {
  const named = new Map(
    templatePath === undefined ? [] : objects.map((found) => [found, anyPodTemplateOf(found.object, templatePath)] as const),
  );
  if (templatePath !== undefined && ![...named.values()].some((template) => template !== undefined)) {
    throw new BookendError('bad-input', `no object has a Pod template at ${templatePath}${hintOf(objects)}`, {
      field: '--template-path',
      advice: 'Pass the path of the field that contains metadata and spec of the Pods, as in kubectl explain: spec.template',
    });
  }
  return objects.flatMap((found): Workload[] => {
    const template = named.get(found) ?? anyPodTemplateOf(found.object);
    return template ? [{ ...found, template }] : [];
  });
}

/** For messages: `Deployment shop/web`. */
export function nameOf({ object }: Pick<Found, 'object'>): string {
  const { kind, metadata } = object;
  const { name, generateName } = metadata as { name?: unknown; generateName?: unknown };
  return describeRef({ ...refOf(object), kind, name: textOf(name) ?? `${textOf(generateName) ?? '(without a name)'}` });
}

export function namesOf(objects: readonly Found[]): string {
  return listed([...new Set(objects.map(nameOf))], 5);
}

/** Objects that hold containers in a place that is not known: how they can have shares all the same. */
export function hintOf(objects: readonly Found[]): string {
  const unknown = objects.flatMap((found) => {
    if (anyPodTemplateOf(found.object)) return [];
    const other = otherWorkloadOf(found.object);
    if (other !== undefined) return [`${nameOf(found)} takes its Pods from ${other} (spec.workloadRef): pass that`];
    const path = pathToContainers(found.object);
    return path ? [`${nameOf(found)} (${whereabouts(found, path)}) has containers at ${writtenPath(path)}: ${wayOut(path)}`] : [];
  });
  return unknown
    .slice(0, 3)
    .map((sentence) => `; ${sentence}`)
    .join('');
}

/** A Rollout of Argo may have the template of a Deployment. */
function otherWorkloadOf(object: KubernetesObject): string | undefined {
  const reference = fieldAt(object, 'spec', 'workloadRef');
  const [kind, name] = [textOf(fieldAt(reference, 'kind')), textOf(fieldAt(reference, 'name'))];
  return kind === undefined || name === undefined ? undefined : `${kind} ${name}`;
}

function wayOut(path: Path): string {
  const holder = path.slice(0, path.at(-2) === 'spec' && path.length > 2 ? -2 : -1);
  const named = path.every((part) => /^[\w-]+$/.test(String(part)))
    ? `pass its path with --template-path ${writtenPath(holder)}, or `
    : '';
  return `${named}add the label share.bookend.dev/inject: "true" and the share as an annotation to its Pods, if the kind allows it`;
}

/** The first list of containers, none of the search goes deep or on for long. */
function pathToContainers(object: KubernetesObject): Path | undefined {
  const found: Place[] = [{ value: object, path: [] }];
  // What is found is looked at in its turn, so that what is nearest is found first.
  for (const { value, path } of found) {
    if (isMap(value) && areContainers(value.containers)) return [...path, 'containers'];
    if (path.length + 1 < deepestLook && found.length < mostLookedAt) found.push(...placesIn(value, path));
  }
  return undefined;
}

type Place = { value: unknown; path: Path };

function placesIn(value: unknown, path: Path): Place[] {
  const entries = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return entries.filter(([, inner]) => typeof inner === 'object').map(([key, inner]) => ({ value: inner, path: [...path, key] }));
}

function areContainers(value: unknown): boolean {
  const containers = listOf(value);
  return (
    containers.length > 0 &&
    containers.every((each) => isMap(each) && textOf(each.name) !== undefined && textOf(each.image) !== undefined)
  );
}

const deepestLook = 12;
const mostLookedAt = 10_000;
