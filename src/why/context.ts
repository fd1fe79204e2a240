/** What each question about an object is given: everything that was read, and what was concluded from it. */
import type { Trial } from '../admission/trial.ts';
import type { World } from '../graph/edge.ts';
import type { Serving } from '../knowledge/serving/server.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Blocker, Snapshot } from './blocker.ts';

export type WhyContext = Snapshot & {
  world: World;
  serving: Serving;
  /** What policies and conditions of webhooks would say. */
  trial: Trial;
  /** What holds another object, which this one waits for. */
  follow(object: KubernetesObject): Blocker[];
};

export type FindBlockers = (object: KubernetesObject, context: WhyContext) => Blocker[];
