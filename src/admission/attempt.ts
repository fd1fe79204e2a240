/** A request that is tried, and what it is tried against. */
import type { Instant } from '../cluster/clock.ts';
import type { KindInfo } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Requester } from './requester.ts';

/** A request that could be made. */
export type Attempt = {
  operation: 'UPDATE' | 'DELETE';
  /** As it is now. */
  object: KubernetesObject;
  /** Of an update: as it would be. */
  after?: KubernetesObject;
  /** Only its metadata was read. */
  metadataOnly: boolean;
  /** Who would make it; absent: nobody knows. */
  as?: Requester;
};

export type TrialParts = {
  /** Policies, bindings, roles, namespaces: those that were read. */
  objects: readonly KubernetesObject[];
  /** Parameters of policies, whole. */
  params: readonly KubernetesObject[];
  /** Names of policies whose parameters could not be read, with the reason. */
  unreadParams: ReadonlyMap<string, string>;
  kinds: readonly KindInfo[];
  now: Instant;
};
