/** What answers behind a Service: the ground of the rules about webhooks, conversion and API services. */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, textMapOf, textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { View } from './view.ts';
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
export function backendOf(reference: unknown, view: View): Backend | undefined {
  const name = textOf(fieldAt(reference, 'name'));
  const namespace = textOf(fieldAt(reference, 'namespace'));
  if (name === undefined || namespace === undefined) return undefined;
  const service = makeId('', 'Service', namespace, name);
  const selector = textMapOf(fieldAt(view.world.byId(service), 'spec', 'selector'));
  const behind = Object.keys(selector).length === 0 ? [] : view.world.workloadsWithLabels(namespace, selector);
  const workloads = behind.map(({ id }) => id).sort();
  const goings = workloads.map((id) => goingAt(id, view));
  const allGo = workloads.length > 0 && goings.every((at) => at !== undefined);
  const times = [goingAt(service, view), ...(allGo ? [Math.max(...goings.map((at) => at ?? 0))] : [])].filter(
    (at) => at !== undefined,
  );
  return { service, workloads, goes: times.length > 0, ...(times.length > 0 && { at: Math.min(...times) }) };
}

function goingAt(id: ObjectId, view: View): number | undefined {
  if (isGoingAnyway(id, view)) return undefined;
  return view.goneAt(id) ?? (view.isDeleted(id) ? view.calledAt(id) : undefined);
}

/** Somebody deletes it, or its namespace, already: this uninstall does not take it away. */
function isGoingAnyway(id: ObjectId, view: View): boolean {
  const { namespace } = parseId(id);
  const around = [id, ...(namespace === undefined ? [] : [makeId('', 'Namespace', undefined, namespace)])];
  const isTerminating = (each: ObjectId) => view.world.byId(each)?.metadata.deletionTimestamp !== undefined;
  return around.some(isTerminating) && !around.some((each) => view.isDeleted(each));
}

export function backendEvidence({ service, workloads, at }: Backend, view: View): FindingEvidence[] {
  const when = at === undefined ? '' : `; nothing answers from ${seconds(at)} on`;
  const [first] = workloads;
  return [
    view.evidence(service, `the Service that is called${when}`),
    ...(first === undefined ? [] : [view.evidence(first, 'its Pods answer for that Service', 'metadata.labels')]),
  ];
}
