/** What webhooks, policies and API services refused while the play went on, whoever had asked, and whether it went through later. */
import type { Admission, SimulatedCluster } from '../../cluster/simulated/index.ts';
import { idOf, type ObjectId } from '../../objects/identity.ts';
import type { Refused } from '../model.ts';

export type Refusals = { all(): Refused[] };

export function recordRefusals({ server, environment, clock }: SimulatedCluster, startedAt: number): Refusals {
  const refused: Refused[] = [];
  const open = new Map<ObjectId, Refused>();
  const record =
    (plugin: Admission): Admission =>
    (request) => {
      const refusal = plugin(request);
      const object = request.object ?? request.oldObject;
      if (refusal === undefined || object === undefined || request.dryRun) return refusal;
      const id = idOf(object);
      const entry: Refused = {
        at: clock.now() - startedAt,
        who: request.user.name,
        verb: request.operation.toLowerCase(),
        id,
        by: id,
        message: refusal.message,
        overcome: false,
      };
      const known = open.get(id);
      if (known === undefined || known.message !== entry.message) {
        refused.push(entry);
        open.set(id, entry);
      }
      return refusal;
    };
  for (const [index, plugin] of server.admission.entries()) server.admission[index] = record(plugin);
  environment.onAny(({ type, object }) => {
    if (type !== 'deleted') return;
    const id = idOf(object);
    for (const entry of refused) if (entry.id === id) entry.overcome = true;
  });
  return { all: () => refused };
}
