/** What warnings say of an object. Events expire after an hour as a rule, so their absence shows nothing. */
import { fieldAt, textOf } from '../objects/fields.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Proof, Snapshot } from './blocker.ts';

const shown = 3;

/** The last few. */
export function eventsAbout(object: KubernetesObject, { events }: Pick<Snapshot, 'events'>): Proof[] {
  return events
    .filter((event) => fieldAt(event, 'involvedObject', 'uid') === object.metadata.uid)
    .sort((a, b) => timeOf(a).localeCompare(timeOf(b)))
    .slice(-shown)
    .map((event) => ({
      object: describeRef(refOf(object)),
      field: `event ${textOf(event.reason) ?? 'Warning'}`,
      says: (textOf(event.message) ?? '').replaceAll(/\s+/g, ' '),
    }));
}

function timeOf(event: KubernetesObject): string {
  return textOf(event.lastTimestamp) ?? textOf(event.eventTime) ?? event.metadata.creationTimestamp ?? '';
}
