/**
 * What a person can do about a finding or a blocker, as data. Text, JSON, SARIF and HTML are views of it, and the same
 * data is played on the simulated cluster before it is printed: see design.md section 10.
 */
import type { ObjectId } from '../objects/identity.ts';
import { shellCommand } from '../objects/shell-quote.ts';

export type Remedy = ProposedRemedy & { played: Played };

/** Before anybody has played it. Only the player says how that went. */
export type ProposedRemedy = {
  /** What it does, as one imperative sentence without commands: `Delete the widgets while their operator runs.` */
  says: string;
  /** In the order in which they must be done. */
  steps: readonly RemedyStep[];
  /** What it destroys or stops, as the end of "loses …". Absent: nothing. */
  loses?: string;
};

export type RemedyStep = CommandStep | ChangeStep | HookStep | AdviceStep;

/** When it is run: `now` where nothing is being uninstalled, `instead` of the uninstall that was previewed. */
type When = 'before' | 'after' | 'instead' | 'now';

/** A command of kubectl, helm or bookend. */
export type CommandStep = {
  do: 'run';
  when: When;
  /** Words as the program gets them; only `commandText` quotes them. */
  argv: readonly [program: 'kubectl' | 'helm' | 'bookend', ...words: string[]];
  /** Words of `argv` that only the reader knows, and what they stand for: `{RELEASE: 'the name of the release'}`. */
  replace?: Readonly<Record<string, string>>;
  /** It only shows something: `kubectl get`, `bookend why`. */
  looks?: true;
};

/** A change of an object in the chart or the files, made before the uninstall, by `helm upgrade` for one. */
export type ChangeStep = {
  do: 'change';
  object: ObjectId;
  /** Fields and their new values; `undefined` takes a field away. */
  set: readonly { path: readonly (string | number)[]; value: unknown }[];
};

/** The library chart bookend-hook joins the chart, with these targets in its values. */
export type HookStep = { do: 'hook'; delete: readonly HookTarget[] };

/** An entry of `bookend.delete`. */
export type HookTarget = { kind: string; names?: readonly string[]; namespace?: string; all?: true };

/** What no program can carry out: a change of a hook's script, of an operator's code, of a cloud. */
export type AdviceStep = { do: 'advise'; says: string; why: Unplayable };

/** Why something is not played. Each kind is a constant, so that a test can count them. */
export type Unplayable =
  | 'another-program'
  | 'code-of-the-operator'
  | 'script-of-the-hook'
  | 'person-decides'
  | 'outside-of-the-cluster';

/**
 * cures: played, and what it is for went away, nothing else was touched, and nothing worse came. shows: it only looks.
 * not-played: why not.
 */
export type Played = { result: 'cures' } | { result: 'shows' } | { result: 'not-played'; because: Unplayable | 'too-large' };

/** As a person types it. */
export function commandText({ argv }: CommandStep): string {
  return shellCommand(...argv);
}
