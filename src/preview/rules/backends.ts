/** What answers behind a Service: the ground of the rules about webhooks, conversion and API services. */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, textMapOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId, parseId } from '../../objects/identity.ts';
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
  const namespace = textOf(fieldAt(reference, 'namespace'));
  if (name === undefined || namespace === undefined) return undefined;
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
