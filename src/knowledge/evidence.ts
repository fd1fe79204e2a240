/** What a conclusion rests on: fields of objects, with where they are written. */
import type { ObjectId } from '../objects/identity.ts';
import type { Origin } from '../reading/subject.ts';

/** A field that shows something, with where it is written. */
export type FindingEvidence = {
  /** `Deployment shop/manager` */
  object: string;
  id: ObjectId;
  field?: string;
  value?: string;
  /** What it shows, in words. */
  says: string;
  origin?: Origin;
};
