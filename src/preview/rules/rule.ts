/** A rule is a value: what is to be known of it is data (`meta`), what it finds is a function (`find`). */
import type { ObjectId } from '../../objects/identity.ts';
import type { Severity, UnplayedFinding } from '../finding.ts';
import type { RuleInput } from './rule-input.ts';

/** The module of a rule. Its file is named after its id. */
export type Rule = { meta: RuleMeta; find(input: RuleInput, isExplained: Explained): Found[] };

/** All that lists, reports and the documentation print of a rule. */
export type RuleMeta = {
  /** In kebab-case, as the file's name: `permissions-before-pods`. Public: people write it in ignore lists. */
  id: string;
  /** A few words for lists. */
  name: string;
  /** What goes wrong, and why Kubernetes lets it. */
  means: string;
  /** The worst that its findings can have. */
  severity: Severity;
  /**
   * Rules that know the cause better: what they explain, this rule leaves out. Whatever hides one of those hides this
   * one too, so only the nearest are named.
   */
  hiddenBy?: readonly string[];
  fails: Example;
  passes: Example;
};

/** A manifest that shows a rule; it is played by the rule's test, so what the documentation prints is what happens. */
export type Example = {
  yaml: string;
  /** What else is in the cluster, when the rule needs one. */
  around?: string;
  says: string;
};

/** A finding before its rule and its scenario are written on it. */
export type Found = Omit<UnplayedFinding, 'rule' | 'scenario' | 'objects' | 'bookend'> & {
  /** The most important first. */
  objects: readonly ObjectId[];
  /** Where the rule knows better than the play through Bookend shows for `objects`. */
  bookend?: Exclude<UnplayedFinding['bookend'], 'not-played'>;
  /** The ends of objects that this explains; rules that name this one in `hiddenBy` leave them out. */
  explains?: readonly ObjectEnd[];
};

/**
 * left: it is still there. pod: how its Pods ended. hook: how the hook ended. operator: it goes before what it serves.
 */
type End = 'left' | 'pod' | 'hook' | 'operator';

export type ObjectEnd = { end: End; id: ObjectId };

/** Whether a rule that hides the asking one has explained this end of this object. */
export type Explained = (end: End, id: ObjectId) => boolean;

/** The same end of several objects. */
export function ends(end: End, ids: Iterable<ObjectId>): ObjectEnd[] {
  return [...ids].map((id) => ({ end, id }));
}
