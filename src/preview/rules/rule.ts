/** A rule of the preview: it looks at what was played and says what a person should know. */
import type { World } from '../../graph/edge.ts';
import type { Finding, Play, Scenario, Serving, Subject } from '../model.ts';

/** All that rules may look at. */
export type RuleContext = {
  subject: Subject;
  scenario: Scenario;
  play: Play;
  /** Over the subject's objects, hooks, definitions and surroundings, as they were before the uninstall began. */
  world: World;
  serving: Serving;
  /** The same uninstall through Bookend; absent when it was not played. */
  bookend?: Play;
};

export type Rule = {
  /** The rule's id, as in its file's name: `permission-ends-early`. */
  id: string;
  find(context: RuleContext): Finding[];
};
