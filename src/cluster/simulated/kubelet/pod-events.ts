/** Events as the kubelet records them: repeated ones are counted up in one object. */

import { isCode } from '../../../errors.ts';
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import { controllerManager } from '../api/user.ts';
import { builtIn, type Environment } from '../controllers/environment.ts';
import { numberOf } from '../json.ts';
import { timestamp } from '../timestamp.ts';

/** Stores an Event about a Pod. In a terminating namespace none can be made, and it is lost, as on a real cluster. */
export function recordEvent(env: Environment, pod: Stored, type: 'Normal' | 'Warning', reason: string, message: string): void {
  const { name, namespace = '', uid, resourceVersion } = pod.metadata;
  const now = timestamp(env.clock.now());
  const eventName = `${name}.${reason.toLowerCase()}`;
  const before = env.server.store.get('events', namespace, eventName);
  if (before && before.message === message && fieldAt(before, 'involvedObject', 'uid') === uid) {
    env.server.update(builtIn(env, 'events'), before, {
      ...before,
      count: (numberOf(before.count) ?? 1) + 1,
      lastTimestamp: now,
    });
    return;
  }
  try {
    env.server.create(
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: before ? { name: '', generateName: `${eventName}.`, namespace } : { name: eventName, namespace },
        involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid, resourceVersion },
        type,
        reason,
        message,
        source: { component: 'kubelet', host: fieldAt(pod.spec, 'nodeName') },
        reportingComponent: 'kubelet',
        firstTimestamp: now,
        lastTimestamp: now,
        count: 1,
      },
      { user: controllerManager, manager: 'kubelet' },
    );
  } catch (error) {
    if (!isCode(error, 'forbidden', 'not-found')) throw error;
  }
}
