/**
 * Selects the workloads of a component or a stream of manifests that a share applies to: each with all containers that
 * the share names.
 */
import { BookendError } from '../errors.ts';
import { anyPodTemplateOf, type FieldPath } from '../objects/any-pod-template.ts';
import { fieldAt, isMap } from '../objects/fields.ts';
import { describeRef, groupOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { injectLabel, shareAnnotationPrefix } from './annotations.ts';
import { applyShares } from './apply.ts';
import { isOurs } from './command.ts';
import { listed, mostReasons, shareLimits, shortened } from './limits.ts';
import type { Places, Share, ShareSettings } from './share.ts';
import { containersOf, type Fields } from './spec.ts';

export type Candidate = {
  object: KubernetesObject;
  /** Where the object stands in its document: `spec.components[0].objects[1]`; empty when it is the document. */
  place: string;
  /** Where its Pod template stands, for kinds that keep it in an unusual place: see `anyPodTemplateOf`. */
  templatePath?: string | undefined;
};

/** A workload, and what of the shares is for it. */
export type Sharing = Candidate & { shares: Share[]; spec: Fields; specPath: string; specAt: FieldPath };

/** Settings for each of several workloads: where their Pods could run decides what may be counted on. */
export type SettingsOf = (workload: Sharing) => ShareSettings;

/**
 * The objects in their order, those with shares changed.
 *
 * @param settings the same for all, or of each
 * @param placeOf see `Places`
 * @throws BookendError `bad-input` for a share that none of them has the containers for, and as `applyShares` does
 */
export function shareAmong(
  candidates: readonly Candidate[],
  shares: readonly Share[],
  settings: ShareSettings | SettingsOf,
  placeOf: Places['share'],
): KubernetesObject[] {
  const sharings = new Map(sharingsOf(candidates, shares, placeOf).map((sharing) => [sharing.object, sharing]));
  return candidates.map(({ object }) => {
    const sharing = sharings.get(object);
    if (!sharing) return object;
    return withShares(sharing, shares, typeof settings === 'function' ? settings(sharing) : settings, placeOf);
  });
}

/** The workloads that get a share. Throws as `shareAmong` does when one finds none. */
export function sharingsOf(candidates: readonly Candidate[], shares: readonly Share[], placeOf: Places['share']): Sharing[] {
  const workloads = candidates.flatMap((candidate): Sharing[] => {
    const template = anyPodTemplateOf(candidate.object, candidate.templatePath);
    if (!template) return [];
    const { spec, specPath, specAt } = template;
    const names = ownContainersOf(spec);
    return [
      { ...candidate, spec, specPath, specAt, shares: shares.filter((share) => missingContainers(names, share).length === 0) },
    ];
  });
  const applications = workloads.reduce((sum, workload) => sum + workload.shares.length, 0);
  if (applications > shareLimits.applications) throw tooMany(applications, placeOf);
  shares.forEach((share, index) => {
    if (workloads.some((workload) => workload.shares.includes(share))) return;
    throw new BookendError('bad-input', `${placeOf(index, '')}: ${nobody(workloads, candidates, share)}`, {
      field: placeOf(index, ''),
    });
  });
  return workloads.filter((workload) => workload.shares.length > 0);
}

/** The whole object with its Pod template changed; everything else in it is the very same. */
function withShares(
  sharing: Sharing,
  all: readonly Share[],
  settings: ShareSettings,
  placeOf: Places['share'],
): KubernetesObject {
  const { object, place, shares, specPath, specAt, spec } = sharing;
  const places: Places = {
    share: (index, field) => placeOf(all.indexOf(shares[index] as Share), field),
    spec: place ? `${place}.${specPath}` : specPath,
    object: describeRef(refOf(object)),
  };
  return withField(object, specAt, applyShares({ spec }, shares, settings, places).spec) as KubernetesObject;
}

function withField(value: unknown, [key, ...rest]: FieldPath, field: unknown): unknown {
  if (key === undefined) return field;
  if (Array.isArray(value)) return value.map((each, index) => (index === key ? withField(each, rest, field) : each));
  return isMap(value) ? { ...value, [key]: withField(value[key], rest, field) } : field;
}

/** The containers that a share names. */
export function containersNamedBy({ from, to }: Share): string[] {
  return [...new Set([...(from && 'container' in from ? [from.container] : []), ...to.map(({ container }) => container)])];
}

/** Names of the containers that a share may name: all but those that shares have added. */
export function ownContainersOf(spec: Fields): ReadonlySet<string> {
  return new Set(containersOf(spec).flatMap(({ container, name }) => (isOurs(container) ? [] : [name])));
}

/** What a share names and the Pod does not have; empty when the share is for it. */
export function missingContainers(names: ReadonlySet<string>, share: Share): string[] {
  return containersNamedBy(share).filter((name) => !names.has(name));
}

function nobody(workloads: readonly Sharing[], candidates: readonly Candidate[], share: Share): string {
  const names = containersNamedBy(share);
  const all = names.length === 1 ? `the container ${names[0]}` : `all of the containers ${names.join(', ')}`;
  const close = workloads
    .map(({ object, spec }) => ({
      object,
      missing: missingContainers(ownContainersOf(spec), share),
      has: [...ownContainersOf(spec)],
    }))
    .filter(({ missing }) => missing.length < names.length)
    .map(({ object, missing, has }) => `${describeRef(refOf(object))} lacks ${missing.join(', ')} (it has ${listed(has)})`);
  if (close.length > 0) return `no workload has ${all}: ${firstOf(close)}`;
  const unknown = candidates.flatMap(({ object }) => unknownKind(object) ?? []);
  if (unknown.length > 0) return `no workload has ${all}: ${firstOf(unknown)}. ${wayOut}`;
  if (workloads.length === 0) return `no workload has ${all}: there is no workload at all`;
  const known = workloads.map(
    ({ object, spec }) => `${describeRef(refOf(object))} has ${listed([...ownContainersOf(spec)]) || 'none'}`,
  );
  return `no workload has ${all}: ${firstOf(known)}`;
}

/** A custom resource that perhaps makes Pods, and does not show where. */
function unknownKind(object: KubernetesObject): string | undefined {
  const group = groupOf(object.apiVersion);
  if (!group.includes('.') || group.endsWith('.k8s.io') || anyPodTemplateOf(object)) return undefined;
  if (fieldAt(object, 'spec', 'workloadRef') !== undefined) {
    return `${describeRef(refOf(object))} takes its Pods from another workload (spec.workloadRef), which can have the share`;
  }
  return `${describeRef(refOf(object))} of ${shortened(group, 63)} has no Pod template at spec.template`;
}

const wayOut = `Write an annotation such as ${shareAnnotationPrefix}web and the label ${injectLabel}: "true" where it takes the metadata of its Pods from`;

function firstOf(sentences: readonly string[]): string {
  const more = sentences.length - mostReasons;
  return `${sentences.slice(0, mostReasons).join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function tooMany(applications: number, placeOf: Places['share']): BookendError {
  const field = placeOf(0, '').replace(/\[0\]$/, '');
  const message = `${field}: the shares would be added to workloads ${applications} times; the maximum is ${shareLimits.applications}`;
  return new BookendError('bad-input', message, {
    field,
    advice: 'Split the component: shares apply only to workloads of their own component.',
  });
}
