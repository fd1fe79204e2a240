/** What answers behind a Service: the ground of the rules about webhooks, conversion and API services. */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, textMapOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { Refused } from '../play/outcome.ts';
import type { RuleInput } from './rule-input.ts';
import { seconds } from './words.ts';

export type Backend = {
  service: ObjectId;
  /** Workloads that the Service selects. */
  workloads: readonly ObjectId[];
  /** Whether the uninstall takes it away: its Service, or all of its workloads. */
  goes: boolean;
  /** When it stops answering, in ms. */
  at?: number;
};

/** @param reference `{namespace, name}` of a Service, as webhooks and APIServices have it. */
export function backendOf(reference: unknown, input: RuleInput): Backend | undefined {
  const name = textOf(fieldAt(reference, 'name'));
  const given = textOf(fieldAt(reference, 'namespace'));
  if (name === undefined || given === undefined) return undefined;
  const namespace = input.live ? given : namespaceOf(name, given, input);
  const service = makeId('', 'Service', namespace, name);
  const selector = textMapOf(fieldAt(input.world.byId(service), 'spec', 'selector'));
  const behind = Object.keys(selector).length === 0 ? [] : input.world.workloadsWithLabels(namespace, selector);
  const workloads = behind.map(({ id }) => id).sort();
  const goings = workloads.map((id) => goingAt(id, input));
  const allGo = workloads.length > 0 && goings.every((at) => at !== undefined);
  const times = [goingAt(service, input), ...(allGo ? [Math.max(...goings.map((at) => at ?? 0))] : [])].filter(
    (at) => at !== undefined,
  );
  return { service, workloads, goes: times.length > 0, ...(times.length > 0 && { at: Math.min(...times) }) };
}

/**
 * Definitions in `crds/` cannot name the namespace of the release, so that they have a placeholder that the program
 * replaces when it starts: a Service of that name in the release is meant.
 */
function namespaceOf(name: string, given: string, { subject, world }: RuleInput): string {
  const { namespace } = subject;
  const isOfRelease = world.has(makeId('', 'Service', namespace, name));
  return isOfRelease && !world.has(makeId('', 'Service', given, name)) ? namespace : given;
}

function goingAt(id: ObjectId, input: RuleInput): number | undefined {
  if (isGoingAnyway(id, input)) return undefined;
  return input.goneAt(id) ?? (input.isDeleted(id) ? input.calledAt(id) : undefined);
}

/** Somebody deletes it, or its namespace, already: this uninstall does not take it away. */
function isGoingAnyway(id: ObjectId, input: RuleInput): boolean {
  const { namespace } = parseId(id);
  const around = [id, ...(namespace === undefined ? [] : [makeId('', 'Namespace', undefined, namespace)])];
  const isTerminating = (each: ObjectId) => input.world.byId(each)?.metadata.deletionTimestamp !== undefined;
  return around.some(isTerminating) && !around.some((each) => input.isDeleted(each));
}

export function backendEvidence({ service, workloads, at }: Backend, input: RuleInput): FindingEvidence[] {
  const when = at === undefined ? '' : `; nothing answers from ${seconds(at)} on`;
  const [first] = workloads;
  return [
    input.evidence(service, `the Service that is called${when}`),
    ...(first === undefined ? [] : [input.evidence(first, 'its Pods answer for that Service', 'metadata.labels')]),
  ];
}

/** Who was refused by it, when, and with which words: the first two stand for all. */
export function refusalEvidence(by: ObjectId, refused: readonly Refused[], input: RuleInput): FindingEvidence[] {
  return refused.slice(0, 2).map(({ at, who, message }) => input.evidence(by, `${who} is refused at ${seconds(at)}: ${message}`));
}
