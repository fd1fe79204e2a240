/** All that rules may look at, as the preview hands it to them. */
import type { World } from '../../graph/edge.ts';
import type { Serving } from '../../knowledge/serving/server.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { Play } from '../play/outcome.ts';

/** All that rules may look at. */
export type RuleContext = {
  subject: Subject;
  scenario: Scenario;
  play: Play;
  /** Over the subject's objects, hooks, definitions and surroundings, as they were before the uninstall began. */
  world: World;
  serving: Serving;
  /**
   * The same uninstall through Bookend; absent when it was not played. What a finding says of Bookend comes from it.
   */
  bookend?: Play;
};
