import type { ObjectId } from '../../objects/identity.ts';
import type { Finding } from '../finding.ts';
import type { RuleInput } from './rule-input.ts';

/** A finding before its rule and its scenario are written on it. */
export type Found = Omit<Finding, 'rule' | 'scenario' | 'objects' | 'bookend'> & {
  /** The most important first. */
  objects: readonly ObjectId[];
  /** Where the rule knows better than the play through Bookend shows for `objects`. */
  bookend?: Exclude<Finding['bookend'], 'not-played'>;
  /** The ends that this explains, see `Told`. */
  tells?: readonly string[];
};

/**
 * What the rules before have explained already, as `endOf` names it. Rules stand in `rules.ts` from the more to the
 * less specific; one that would tell the same end of the same object again leaves it out.
 */
export type ExplainedEnds = ReadonlySet<string>;

/** A manifest that shows a rule; it is played by the rule's test, so what the documentation prints is what happens. */
export type Example = {
  yaml: string;
  /** What else is in the cluster, when the rule needs one. */
  around?: string;
  says: string;
};

export type Rule = {
  /** In kebab-case, as the file's name: `permissions-before-pods`. Public: people write it in ignore lists. */
  id: string;
  /** A few words for lists. */
  name: string;
  /** What goes wrong, and why Kubernetes lets it. */
  means: string;
  fails: Example;
  passes: Example;
  find(input: RuleInput, told: ExplainedEnds): Found[];
};

/**
 * Names one end of one object. left: it is still there. pod: how its Pods ended. refused: what it refused. hook: how
 * the hook ended. step: the order in which it went.
 */
export function endOf(end: 'left' | 'pod' | 'refused' | 'hook' | 'step', id: ObjectId): string {
  return `${end} ${id}`;
}
