/**
 * What an object reports about its end: conditions and errors in its status, and Events. The wording is not known
 * beforehand, so the place and the time of a text decide first, then its words.
 */
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { groupOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { nameOf } from './backends.ts';
import type { Proof, Snapshot } from './blocker.ts';
import { deletingSince } from './since.ts';

/** The most telling first. */
export function statementsOf(object: KubernetesObject, context: Pick<Snapshot, 'events'>): Proof[] {
  const found = [...conditionsOf(object), ...errorsOf(object), ...eventsAbout(object, context)];
  return saidOnce(found);
}

/** The name of the place where the words stand, for a sentence: `DeletionBlocked`, `event Failed`. */
export function placeOf({ field = '' }: Proof): string {
  return /\bconditions\[([^\]]+)\]\.\w+$/.exec(field)?.[1] ?? field;
}

/** Of a condition type that is good news when it is False. */
const badNews =
  /fail|error|block|stall|degrad|invalid|conflict|denied|remaining|unhealthy|unavailable|not[A-Z]|pressure|problem|inuse|orphan/i;
const ofTheEnd =
  /delet|terminat|finali[sz]|remov|clean|drain|detach|uninstall|destroy|teardown|tear down|depend|in use|still|until|waiting/i;

function conditionsOf(object: KubernetesObject): Proof[] {
  const told = leavesOf(object.status, 'status')
    .filter(({ key }) => key === 'conditions')
    .flatMap(({ path, value }) => listOf(value).flatMap((each) => conditionSaid(mapOf(each), path, object)));
  return told.sort((a, b) => b.weight - a.weight).map(({ proof }) => proof);
}

function conditionSaid(condition: Fields, path: string, object: KubernetesObject): { weight: number; proof: Proof }[] {
  const [type = '?', status, reason, message] = ['type', 'status', 'reason', 'message'].map((key) => textOf(condition[key]));
  const says = oneLine(message || reason || '');
  if (says === '') return [];
  const isBad = badNews.test(type) ? status !== 'False' : status !== 'True';
  const isAboutEnd = ofTheEnd.test(`${type} ${reason} ${says}`);
  const since = deletingSince(object) ?? 0;
  // Without a time it may well be new.
  const isOld = Date.parse(textOf(condition.lastTransitionTime) ?? '') < since - 1_000;
  const isTold = isBad ? isAboutEnd || !isQuiet(object) : isAboutEnd && !isOld && !badNews.test(type);
  const field = `${path}[${type}].${message ? 'message' : 'reason'}`;
  const weight = (isAboutEnd ? 2 : 0) + (isBad ? 1 : 0) + (isOld ? 0 : 1);
  return isTold ? [{ weight, proof: { object: nameOf(object), field, says } }] : [];
}

/** Conditions of these tell of Pods that come and go, which the end of an object does by itself. */
function isQuiet({ apiVersion }: KubernetesObject): boolean {
  return /^(apps|batch)\//.test(apiVersion);
}

type Fields = Readonly<Record<string, unknown>>;
type Leaf = { path: string; key: string; value: unknown };

const deepest = 4;

/** Every field of the status with its path; conditions are one. */
function leavesOf(value: unknown, path: string, depth = 0): Leaf[] {
  if (depth > deepest) return [];
  if (Array.isArray(value)) return value.flatMap((each, index) => leavesOf(each, `${path}[${index}]`, depth + 1));
  return Object.entries(mapOf(value)).flatMap(([key, field]): Leaf[] => {
    const leaf = { path: `${path}.${key}`, key, value: field };
    return key === 'conditions' ? [leaf] : [leaf, ...leavesOf(field, leaf.path, depth + 1)];
  });
}

const longest = 1_000;
const mostErrors = 3;

/** `status.error`, `status.detachError.message`, `status.atProvider.lastError`: whatever its kind calls it. */
function errorsOf(object: KubernetesObject): Proof[] {
  const said = leavesOf(object.status, 'status').flatMap(({ path, key, value }): Proof[] => {
    const says = oneLine(isError(path, key, value) ? (textOf(value) ?? textOf(fieldAt(value, 'message')) ?? '') : '');
    return says === '' ? [] : [{ object: nameOf(object), field: path, says }];
  });
  return saidOnce(said).slice(0, mostErrors);
}

function isError(path: string, key: string, value: unknown): boolean {
  const text = textOf(value) ?? '';
  if (/^status\.(phase|state)$/i.test(path)) return /fail|error|block|stuck/i.test(text);
  if (/reason/i.test(key)) return text.includes(' ');
  return /error|fail|message/i.test(key);
}

const shownEvents = 3;

/**
 * The last few. Warnings whenever they came, anything else since the deletion. Events expire after an hour as a rule,
 * so their absence shows nothing.
 */
export function eventsAbout(object: KubernetesObject, { events }: Pick<Snapshot, 'events'>): Proof[] {
  return events
    .filter((event) => isAbout(fieldAt(event, 'involvedObject'), object) && isTelling(event, object))
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .slice(-shownEvents)
    .map((event) => ({
      object: nameOf(object),
      field: `event ${textOf(event.reason) ?? 'Warning'}`,
      says: oneLine(textOf(event.message) ?? ''),
    }));
}

/** Kubernetes goes on telling how its own kinds are made, scheduled and bound while they end. */
const ofTheEndOfBuiltIns = /delet|terminat|finali[sz]|remov|detach|unmount|in use|prestop/i;
const chatty = new Set(['/PersistentVolumeClaim', '/PersistentVolume']);

function isTelling(event: KubernetesObject, object: KubernetesObject): boolean {
  const group = groupOf(object.apiVersion);
  const isLate = !(Date.parse(timeOf(event)) < (deletingSince(object) ?? Number.POSITIVE_INFINITY) - 1_000);
  const isWarning = event.type !== 'Normal';
  if (!isBuiltInGroup(group)) return isWarning || isLate;
  if (ofTheEndOfBuiltIns.test(`${textOf(event.reason)} ${textOf(event.message)}`)) return isWarning || isLate;
  return isWarning && isLate && !chatty.has(`${group}/${object.kind}`) && !isQuiet(object);
}

/** Some writers leave the UID out. */
function isAbout(involved: unknown, { kind, metadata }: KubernetesObject): boolean {
  const uid = textOf(fieldAt(involved, 'uid'));
  if (uid) return uid === metadata.uid;
  const isSame = fieldAt(involved, 'kind') === kind && fieldAt(involved, 'name') === metadata.name;
  return isSame && (textOf(fieldAt(involved, 'namespace')) ?? '') === (metadata.namespace ?? '');
}

function timeOf(event: KubernetesObject): string {
  return (
    textOf(fieldAt(event, 'series', 'lastObservedTime')) ??
    textOf(event.lastTimestamp) ??
    textOf(event.eventTime) ??
    event.metadata.creationTimestamp ??
    ''
  );
}

function saidOnce(proofs: readonly Proof[]): Proof[] {
  return [...Map.groupBy(proofs, ({ says }) => says).values()].flatMap(([first]) => first ?? []);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, longest);
}
