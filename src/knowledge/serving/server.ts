/** Who serves what, as data. */
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Confidence } from '../confidence.ts';
import type { FindingEvidence } from '../evidence.ts';

/** A workload that is taken for the controller of a kind, with what speaks for it. */
export type Server = {
  workload: ObjectId;
  confidence: Confidence;
  /** Its name, image or labels have the name of the kind or of its group. */
  isNamedAfter: boolean;
  evidence: FindingEvidence[];
};

/** Who serves what, judged from labels, images, rights and names: `serving/` makes it from all objects of a subject. */
export interface Serving {
  /** The workloads that are taken for the controller of a kind, the surest first. */
  controllersOf(group: string, kind: string): readonly Server[];
  /**
   * Who removes a finalizer from an object: `kubernetes` for those that the API server and its own controllers serve;
   * none when nobody was found.
   */
  serversOfFinalizer(finalizer: string, object: KubernetesObject): readonly Server[] | 'kubernetes';
}
