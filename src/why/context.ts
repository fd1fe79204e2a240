/** The input of each question about an object: everything that was read, and conclusions from it. */
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
  /** The Namespace that is supposed to be deleted: what serves from it is gone when the rest of it is deleted. */
  leaving?: string;
  /** What holds another object, which this one waits for. */
  follow(object: KubernetesObject): Blocker[];
};

export type FindBlockers = (object: KubernetesObject, context: WhyContext) => Blocker[];
