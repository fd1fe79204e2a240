/**
 * Which workloads shares are for, where several are in question, as in a component or a stream of manifests: each that has all the containers which a share names.
 */
import { BookendError } from '../errors.ts';
import { isMap } from '../objects/fields.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { applyShares } from './apply.ts';
import { isOurs } from './init-containers.ts';
import { mostReasons, shareLimits } from './limits.ts';
import type { Places, Share, ShareSettings } from './share.ts';
import { containersOf, type Fields } from './spec.ts';

export type Candidate = {
  object: KubernetesObject;
  /** Where the object stands in its document: `spec.components[0].objects[1]`; empty when it is the document. */
  place: string;
};

/** A workload, and what of the shares is for it. */
export type Sharing = Candidate & { shares: Share[]; spec: Fields; specPath: string };

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
    const template = podTemplateOf(candidate.object);
    if (!template) return [];
    const { spec, specPath } = template;
    const names = namesOf(spec);
    return [{ ...candidate, spec, specPath, shares: shares.filter((share) => missingOf(names, share).length === 0) }];
  });
  const applications = workloads.reduce((sum, workload) => sum + workload.shares.length, 0);
  if (applications > shareLimits.applications) throw tooMany(applications, placeOf);
  shares.forEach((share, index) => {
    if (workloads.some((workload) => workload.shares.includes(share))) return;
    throw new BookendError('bad-input', `${placeOf(index, '')}: ${nobody(workloads, share)}`, { field: placeOf(index, '') });
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
  const { object, place, shares, specPath, spec } = sharing;
  const places: Places = {
    share: (index, field) => placeOf(all.indexOf(shares[index] as Share), field),
    spec: place ? `${place}.${specPath}` : specPath,
    object: describeRef(refOf(object)),
  };
  return withField(object, specPath.split('.'), applyShares({ spec }, shares, settings, places).spec) as KubernetesObject;
}

function withField(value: unknown, [key, ...rest]: readonly string[], field: unknown): unknown {
  if (key === undefined || !isMap(value)) return field;
  return { ...value, [key]: withField(value[key], rest, field) };
}

/** The containers that a share names. */
export function containersNamedBy({ from, to }: Share): string[] {
  return [...new Set([...(from && 'container' in from ? [from.container] : []), ...to.map(({ container }) => container)])];
}

function namesOf(spec: Fields): ReadonlySet<string> {
  return new Set(containersOf(spec).flatMap(({ container, name }) => (isOurs(container) ? [] : [name])));
}

function missingOf(names: ReadonlySet<string>, share: Share): string[] {
  return containersNamedBy(share).filter((name) => !names.has(name));
}

function nobody(workloads: readonly Sharing[], share: Share): string {
  const names = containersNamedBy(share);
  const all = names.length === 1 ? `the container ${names[0]}` : `all of the containers ${names.join(', ')}`;
  const close = workloads
    .map(({ object, spec }) => ({ object, missing: missingOf(namesOf(spec), share) }))
    .filter(({ missing }) => missing.length < names.length)
    .map(({ object, missing }) => `${describeRef(refOf(object))} lacks ${missing.join(', ')}`);
  const near = close.length > 0 ? firstOf(close) : `there are ${workloads.length} workloads, and none has any of them`;
  return `no workload has ${all}: ${workloads.length === 0 ? 'there is no workload at all' : near}`;
}

function firstOf(sentences: readonly string[]): string {
  const more = sentences.length - mostReasons;
  return `${sentences.slice(0, mostReasons).join('; ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function tooMany(applications: number, placeOf: Places['share']): BookendError {
  const field = placeOf(0, '').replace(/\[0\]$/, '');
  const message = `${field}: the shares would be put into workloads ${applications} times, and at most ${shareLimits.applications} times are allowed`;
  return new BookendError('bad-input', message, {
    field,
    advice: 'Divide the component: shares go only into workloads of their own component.',
  });
}
