/**
 * Who wrote what, and who was refused: every write that reached admission, of controllers as well as of connections, as
 * an API server's audit log has them.
 */
import { idOfRef, type ObjectId } from '../../../objects/identity.ts';
import type { ObjectRef } from '../../../objects/object.ts';
import type { Clock, Instant } from '../../clock.ts';
import type { AdmissionRequest, Refusal } from './admission.ts';
import { home } from './update-rules.ts';

export type AuditEvent = {
  at: Instant;
  operation: 'CREATE' | 'UPDATE' | 'DELETE';
  id: ObjectId;
  ref: ObjectRef;
  subresource?: string;
  user: string;
  /** Which of the cluster's own controllers it was: `namespace-controller`, `generic-garbage-collector`, `kubelet`. */
  controller?: string;
  /** Absent: it passed. */
  refusal?: Refusal;
};

export class Audit {
  readonly events: AuditEvent[] = [];
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Writes of the status alone are left out: every controller makes them all the time. */
  passed(request: AdmissionRequest): void {
    if (request.subresource === undefined && !request.dryRun) this.events.push(this.#event(request));
  }

  refused(request: AdmissionRequest, refusal: Refusal): void {
    if (!request.dryRun) this.events.push({ ...this.#event(request), refusal });
  }

  #event({ operation, kind, name, namespace, object, oldObject, subresource, user }: AdmissionRequest): AuditEvent {
    const uid = (oldObject ?? object)?.metadata.uid;
    const ref: ObjectRef = {
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      name,
      ...home(namespace),
      ...(uid !== undefined && { uid }),
    };
    return {
      at: this.#clock.now(),
      operation,
      id: idOfRef(ref),
      ref,
      user: user.name,
      ...(user.controller !== undefined && { controller: user.controller }),
      ...(subresource !== undefined && { subresource }),
    };
  }
}
