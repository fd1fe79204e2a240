/**
 * What a rule is: a way to find one sort of harm in a play, with the words that document it. Rules are pure; they read the play, which says what
 * happens, and the objects, which say why. What a rule cannot see in the play it does not call an error.
 */
import type { World } from '../../graph/edge.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Finding, Play, Scenario, Server, Subject } from '../model.ts';

/** All that rules look at. */
export type RuleContext = {
  subject: Subject;
  scenario: Scenario;
  play: Play;
  /** Over all objects: those of the subject, its hooks and `crds/`, and the surroundings. */
  world: World;
  serving: Serving;
  /** The same uninstall through Bookend, where it was played: what a finding says of Bookend comes from it. */
  bookend?: Play;
};

/** Who serves what, as far as can be known. */
export type Serving = {
  /** Workloads that are taken for controllers of a kind, the surest first. */
  controllersOf(group: string, kind: string): readonly Server[];
  /** Workloads that are taken to remove this finalizer from this object; `kubernetes` for those that Kubernetes serves itself. */
  serversOfFinalizer(finalizer: string, object: KubernetesObject): readonly Server[] | 'kubernetes';
};

/** A finding before its rule and its scenario are written on it. */
export type Found = Omit<Finding, 'rule' | 'scenario' | 'objects' | 'bookend'> & {
  objects: readonly ObjectId[];
  /** Absent: as the play through Bookend shows for `objects`. */
  bookend?: Finding['bookend'];
  /** The ends of the play that this explains, see `Told`. */
  tells?: readonly string[];
};

/**
 * What the rules before have explained already. Rules stand in `rules.ts` from the more to the less specific; one that would tell the same end of the same
 * object again leaves it out. An end is named by `endOf`.
 */
export type Told = ReadonlySet<string>;

/** A manifest, and what the rule says of it. */
export type Example = { yaml: string; says: string };

export type Rule = {
  /** In kebab-case, as the file's name: `permissions-before-pods`. Public: people write it in ignore lists. */
  id: string;
  /** A few words for lists and for SARIF's `shortDescription`. */
  name: string;
  /** What goes wrong, and why Kubernetes lets it. */
  means: string;
  /** What a chart's author can do about it in general. */
  cure: string;
  fails: Example;
  passes: Example;
  find(context: RuleContext, told: Told): Found[];
};

/** Names one end of one object, for `tells`. */
export function endOf(end: 'left' | 'pod' | 'refused' | 'hook' | 'wiped', id: ObjectId): string {
  return `${end} ${id}`;
}
