/**
 * Finds the objects that a text names: `BlockPool: [replicapool]`, `PodDisruptionBudget=[shop/web]`,
 * `nodeclaims/default-x`.
 */
import type { KindInfo } from '../cluster/port.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

export type Mentions = {
  kinds: readonly KindInfo[];
  /** Every word that could be a name, and both parts of `shop/web`. */
  names: ReadonlySet<string>;
  /** `shop/web` as it stands. */
  pairs: ReadonlySet<string>;
  text: string;
  /** Where the text has a word for one of the kinds, in its order. */
  places: readonly Place[];
};

type Place = { kind: KindInfo; start: number; end: number };

/** So many kinds are looked for: a text names few. */
const mostKinds = 5;

/** Names an account, and the place where it lacks a permission; neither is in the way. */
const refusedAccount = /User "[^"]+" cannot [^;,)]*/g;

export function mentionsIn(whole: string, kinds: readonly KindInfo[]): Mentions {
  const text = whole.replaceAll(refusedAccount, '');
  const words = text.split(/[^A-Za-z0-9./_-]+/).map((word) => word.replace(/^[./-]+|[./-]+$/g, ''));
  const pairs = new Set(words.filter((word) => /^[^/]+\/[^/]+$/.test(word)));
  const names = new Set(words.flatMap((word) => [word, ...word.split('/')]).filter((word) => word.length > 1));
  const lower = new Set([...names].map((word) => word.toLowerCase()));
  const spoken = ` ${text.toLowerCase().replaceAll(/[^a-z0-9]+/g, ' ')} `;
  const found = kinds.filter((kind) => wordsFor(kind).some((word) => lower.has(word)) || isSpoken(kind, spoken));
  const named = found.slice(0, mostKinds);
  return { kinds: named, names, pairs, text, places: placesOf(named, text) };
}

/** Whether the text that was read into `mentions` means this object. @param from whose text it is */
export function isMentioned(object: KubernetesObject, mentions: Mentions, from: KubernetesObject): boolean {
  const { kinds, names, pairs } = mentions;
  const { name, namespace, uid } = object.metadata;
  const group = groupOf(object.apiVersion);
  const isOwnPlace = object.kind === 'Namespace' && name === from.metadata.namespace;
  if (isOwnPlace || uid === from.metadata.uid || !kinds.some((each) => each.kind === object.kind && each.group === group))
    return false;
  if (!isSaidOf(object, mentions)) return false;
  if (namespace === undefined) return names.has(name);
  const isPlace = [...pairs].some((pair) => pair.startsWith(`${namespace}/`));
  const isNear = from.metadata.namespace === undefined || from.metadata.namespace === namespace || isPlace;
  return pairs.has(`${namespace}/${name}`) || (isNear && names.has(name));
}

/**
 * The name follows a word for this kind, with no other kind and no end of a sentence between, or stands right before
 * one. `Deployment crossplane lacks a ClusterRole` names no ClusterRole `crossplane`.
 */
function isSaidOf({ apiVersion, kind, metadata }: KubernetesObject, { text, places }: Mentions): boolean {
  const isOfKind = (place: Place | undefined) => place?.kind.kind === kind && place.kind.group === groupOf(apiVersion);
  return occurrencesOf(metadata.name, text).some((start) => {
    const end = start + metadata.name.length;
    const before = places.findLast((place) => place.end <= start);
    if (isOfKind(before) && !/[.;]\s/.test(text.slice(before?.end, start))) return true;
    const after = places.find((place) => place.start >= end);
    return isOfKind(after) && /^[\s("'[]*$/.test(text.slice(end, after?.start));
  });
}

/** As a whole word. */
function occurrencesOf(word: string, text: string): number[] {
  const pattern = new RegExp(`(?<![A-Za-z0-9._-])${RegExp.escape(word)}(?![A-Za-z0-9_-])`, 'g');
  return [...text.matchAll(pattern)].map(({ index }) => index);
}

function placesOf(kinds: readonly KindInfo[], text: string): Place[] {
  const places = kinds.flatMap((kind) => {
    const spoken = spokenOf(kind);
    const words = [...wordsFor(kind), ...spoken.flatMap((each) => [each, `${each}s`])].map((word) =>
      RegExp.escape(word).replaceAll('\\x20', '[^a-z0-9]+'),
    );
    const pattern = new RegExp(`(?<![a-z0-9._-])(?:${words.join('|')})(?![a-z0-9_-])`, 'gi');
    return [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ kind, start: index, end: index + found.length }));
  });
  return places.sort((one, other) => one.start - other.start || other.end - one.end);
}

function wordsFor({ kind, group, resource, shortNames }: KindInfo): string[] {
  const one = kind.toLowerCase();
  return [one, `${one}s`, resource, ...(group === '' ? [] : [`${one}.${group}`, `${resource}.${group}`]), ...shortNames];
}

/** `block pools` for BlockPool. */
function isSpoken(kind: KindInfo, text: string): boolean {
  return spokenOf(kind)
    .map((words) => words.toLowerCase())
    .some((words) => words.includes(' ') && (text.includes(` ${words} `) || text.includes(` ${words}s `)));
}

/**
 * The API server refuses an eviction in the name of a `disruption budget` (`registry/core/pod/storage/eviction.go`).
 */
function spokenOf({ kind }: KindInfo): string[] {
  const spoken = kind.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2');
  return kind === 'PodDisruptionBudget' ? [spoken, 'Disruption Budget'] : [spoken];
}
