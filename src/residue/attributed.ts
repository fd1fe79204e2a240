/** An object with what speaks for it being the release's. */
import type { Confidence } from '../knowledge/confidence.ts';
import type { Programs } from './programs.ts';
import type { ResidueEvidence, ResidueKind } from './receipt.ts';
import type { ReleaseIndex } from './release-facts.ts';
import type { SeenObject, Snapshot } from './snapshot.ts';

export type Attributed = {
  object: SeenObject;
  what: ResidueKind;
  confidence: Confidence;
  evidence: readonly ResidueEvidence[];
  program?: string;
};

/** What a rule may look at. */
export type Look = {
  index: ReleaseIndex;
  before?: Snapshot;
  after: Snapshot;
  /** By UID: what the rules before this one have found. */
  found: ReadonlyMap<string, Attributed>;
  programs: Programs;
};

/** Undefined: by this rule the object is not the release's. */
export type Rule = (object: SeenObject, look: Look) => Attributed | undefined;
