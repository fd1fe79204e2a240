/** What stands between a request and the store: it may refuse, and says by which object. */
import type { Admission, AdmissionRequest, Refusal, SimulatedCluster } from '../../../cluster/simulated/index.ts';
import type { ObjectId } from '../../../objects/identity.ts';
import { apiServiceGate } from './api-services.ts';
import { backendsOf } from './backend.ts';
import { conversionGate } from './conversion.ts';
import { webhookGate } from './webhooks.ts';

export type GateRefusal = Refusal & { by: ObjectId; webhook?: string };

export type Gate = (request: AdmissionRequest) => GateRefusal | undefined;

/** Puts all gates up. To be called when everything stands: what comes later than this and is missing then counts as gone. @param looked see `backendsOf`. */
export function closeGates({ server }: SimulatedCluster, looked: boolean): void {
  const backends = backendsOf(server, looked);
  const gates: Admission[] = [conversionGate(server, backends), webhookGate(server, backends), apiServiceGate(server, backends)];
  server.admission.push(...gates);
}
