/** What an uninstall did, and what it left: the value that text and JSON are views of. */
import type { Confidence } from '../knowledge/confidence.ts';
import type { ObjectId } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Remedy } from '../remedies/remedy.ts';

export type Receipt = {
  /** Of files their names, of a namespace its own. */
  release: { name: string; namespace: string };
  /** Absent: a Helm release. */
  from?: 'files' | 'namespace';
  verdict: Verdict;
  /** The resourceVersions of the two snapshots, by kind. Without `before` nobody looked before the uninstall. */
  snapshots: { before?: Readonly<Record<string, string>>; after: Readonly<Record<string, string>> };
  gone: readonly Gone[];
  kept: readonly Kept[];
  forced: readonly Forced[];
  failedPreStopHooks: readonly FailedPreStopHook[];
  /** What stood in the way at the end; the verdict is then `blocked` or `timed-out`. */
  stopped?: Stopped;
  residue: readonly Residue[];
  /** What could not be looked at, or that nothing is known about, in words. With any of it nothing is called clean. */
  notSeen: readonly string[];
  /** Only where it was asked for. */
  reinstall?: Reinstall;
  /** Only of `bookend residue`: what `--delete DIGEST` removes. */
  removal?: Removal;
};

/** A list that a person confirms by its digest. */
export type Removal = {
  digest: string;
  items: readonly { id: ObjectId; uid: string; path?: string }[];
};

/**
 * clean: everything was looked at, and nothing of the release is left. residue: something is left.
 * clean-as-far-as-seen: nothing was found, but not everything could be looked at, or what was found may be of others.
 * blocked, timed-out: the uninstall itself did not come to its end.
 */
export const verdicts = ['clean', 'residue', 'clean-as-far-as-seen', 'blocked', 'timed-out'] as const;
export type Verdict = (typeof verdicts)[number];

/** An object that was asked to go, or went with its owner. Times as Kubernetes writes them. */
export type Gone = {
  id: ObjectId;
  uid?: string;
  /** When its deletion was requested; absent where it went by itself or with its owner. */
  askedAt?: string;
  /** When it was gone. Absent: it is missing from the snapshot after, nobody watched it go. */
  goneAt?: string;
  /** What its deletion waited for. */
  waitedFor?: readonly ObjectId[];
};

/**
 * chart: `helm.sh/resource-policy: keep`. annotation: `bookend.dev/keep`. user: an option of the command line. helm:
 * Helm never deletes it. others: it is theirs by now, or something of theirs is in it.
 */
export type KeptBy = 'chart' | 'annotation' | 'user' | 'helm' | 'others';
export type Kept = { id: ObjectId; uid?: string; by: KeptBy; says: string };

export type Forced = { id: ObjectId; uid?: string; what: 'finalizer' | 'grace-period'; says: string; loses: string };

export type FailedPreStopHook = { namespace: string; pod: string; message: string };

export type Stopped = { how: 'blocked' | 'timed-out'; object?: ObjectId; says: string };

/** What a thing is; a constant each, so that nobody parses a sentence. */
export const residueKinds = [
  'object',
  'hook',
  'definition',
  'custom-resource',
  'webhook',
  'api-service',
  'secret',
  'config-map',
  'lease',
  'storage',
  'access',
  'namespace',
  'child',
  'release-record',
  'finalizer',
  'field',
] as const;
export type ResidueKind = (typeof residueKinds)[number];

export type Residue = {
  what: ResidueKind;
  id: ObjectId;
  /** With the UID of what was seen. */
  ref: ObjectRef & { uid: string };
  resourceVersion?: string;
  /** Of `finalizer` and `field`: only this is residue, the object is of others. */
  field?: Field;
  /** The program that wrote it, as it called itself. */
  program?: string;
  confidence: Confidence;
  evidence: readonly ResidueEvidence[];
  /** Removes exactly this. */
  remedy: Remedy;
};

export type Field = {
  /** `metadata.labels[example.com/ready]` */
  path: string;
  /** As a JSON pointer (RFC 6901), where it can be removed by one. */
  pointer?: string;
  value?: string;
};

/**
 * uid: a UID that was known before, which nobody can choose. manifest: the release's own manifest names it. manager: a
 * field manager, a word that each program chooses. mention: the manifest names the key. mark, name: labels,
 * annotations, names, which anybody can write.
 */
export type ResidueEvidence = {
  clue: 'uid' | 'manifest' | 'kind' | 'manager' | 'mention' | 'mark' | 'name';
  object: ObjectId;
  field?: string;
  value?: string;
  says: string;
};

/** Whether the API server would accept the same release again. */
export type Reinstall = {
  result: 'accepted' | 'refused' | 'not-known';
  refused: readonly { id: ObjectId; says: string }[];
  notChecked: readonly { id: ObjectId; says: string }[];
};
