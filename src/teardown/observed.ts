/**
 * What decisions see of each object, worked out once: a teardown looks at all objects again and again, and few have
 * changed in between. An object that has changed is another one, since watches never change what they have shown.
 */
import type { KubernetesObject } from '../objects/object.ts';
import { observe, observeMember, observePod } from './observe.ts';

export class Observed {
  readonly object = remembered(observe);
  readonly member = remembered(observeMember);
  readonly pod = remembered(observePod);
}

function remembered<Seen>(see: (object: KubernetesObject) => Seen): (object: KubernetesObject) => Seen {
  const known = new WeakMap<KubernetesObject, Seen>();
  return (object) => {
    const before = known.get(object);
    if (before !== undefined) return before;
    const seen = see(object);
    known.set(object, seen);
    return seen;
  };
}
