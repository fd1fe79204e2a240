/** One thing that is to go: a release, what files name, or a namespace with all that is in it. */
import type { ObjectId } from '../../objects/identity.ts';
import type { Release } from '../../reading/release.ts';
import type { Subject } from '../../reading/subject.ts';
import type { UninstallRecord } from '../../uninstall/ordered/record.ts';
import type { AsRead, LookOptions } from '../../uninstall/ordered/uninstall.ts';

export type ToUninstall = Pick<LookOptions, 'madeAgain' | 'readSubject'> & {
  subject: Subject;
  /** What the look that a person sees need not read again. */
  asRead: AsRead;
  notes: string[];
  record: UninstallRecord;
  /** As Helm stores it. */
  release?: Release;
  /** What files name and the cluster does not have. */
  absent?: readonly ObjectId[];
  /** Of a namespace: what is not in it, stays, and loses by its end; each a line. */
  outside?: readonly string[];
};
