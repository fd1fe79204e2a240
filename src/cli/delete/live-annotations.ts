/** Words about the annotations that live objects have, which count for less here than in a spec. */
import { BookendError } from '../../errors.ts';
import { append } from '../../objects/append.ts';
import { describeRef, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { keepReason } from '../../objects/policies.ts';
import type { Ignored } from '../../teardown/live-directives.ts';

export const keepAdvice = 'Remove the annotation, or use --on-keep Keep to keep the object, or --on-keep Delete to delete it.';

/** So many objects are named, of however many there are. */
const most = 3;

/** @throws BookendError `blocked`: an object asks to be kept, and the person has not said what is to become of it */
export function refuseKept(objects: readonly KubernetesObject[]): void {
  const kept = objects.filter((object) => keepReason(object) !== undefined);
  const [first] = kept;
  if (!first) return;
  const names = kept.slice(0, most).map((object) => `${describeRef(refOf(object))} has the ${keepReason(object)}`);
  const more = kept.length > most ? ` and so have ${kept.length - most} more` : '';
  throw new BookendError('blocked', `${names.join('; ')}${more}; nothing was deleted`, {
    object: describeRef(refOf(first)),
    advice: keepAdvice,
  });
}

/** What is written on the objects and not obeyed, one line for each annotation. */
export function ignoredNotes(ignored: readonly Ignored[]): string[] {
  const byName = new Map<string, KubernetesObject[]>();
  for (const { object, annotations } of ignored) for (const name of annotations) append(byName, name, object);
  return [...byName].map(([name, objects]) => {
    const names = objects.slice(0, most).map((object) => describeRef(refOf(object)));
    const more = objects.length > most ? ` and ${objects.length - most} more` : '';
    return `annotation ${name} has no effect on live objects: ${names.join(', ')}${more}`;
  });
}
