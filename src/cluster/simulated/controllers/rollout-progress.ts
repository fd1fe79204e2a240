/**
 * When a rollout of a Deployment last made progress, and when it is given up (`pkg/controller/deployment/progress.go`).
 */
import { conditionOf } from '../../../objects/conditions.ts';
import { fieldAt } from '../../../objects/fields.ts';
import type { Stored } from '../api/store.ts';
import type { Condition } from '../conditions.ts';
import { numberOf } from '../json.ts';

/** The condition `Progressing`, and when (in ms) it must be judged again if nothing changes until then. */
export type ProgressVerdict = { condition: Condition; againAfterMs?: number };

export type RolloutState = {
  deployment: Stored;
  /** The ReplicaSet of the present template. */
  newest: Stored;
  complete: boolean;
  /** Of Pods, that changes with every progress. */
  count: number;
};

export class RolloutProgress {
  /** By the Deployment's UID: what was last seen, and since when. */
  readonly #seen = new Map<string, { mark: string; since: number }>();

  /** Progress is made while the counts change; without change for `progressDeadlineSeconds` it is given up. */
  judge({ deployment, newest, complete, count }: RolloutState, now: number): ProgressVerdict {
    const name = `ReplicaSet "${newest.metadata.name}"`;
    const { uid } = deployment.metadata;
    if (complete) {
      this.#seen.delete(uid);
      return { condition: progressing('True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`) };
    }
    const mark = `${newest.metadata.uid} ${count}`;
    const seen = this.#seen.get(uid);
    const unchanged = seen?.mark === mark;
    const since = unchanged ? seen.since : now;
    this.#seen.set(uid, { mark, since });
    const deadlineMs = (numberOf(fieldAt(deployment.spec, 'progressDeadlineSeconds')) ?? 600) * 1000;
    const wasGivenUp = conditionOf(deployment, 'Progressing')?.reason === 'ProgressDeadlineExceeded';
    if (now - since >= deadlineMs || (wasGivenUp && unchanged)) {
      return { condition: progressing('False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`) };
    }
    return {
      condition: progressing('True', 'ReplicaSetUpdated', `${name} is progressing.`),
      againAfterMs: since + deadlineMs - now,
    };
  }
}

function progressing(status: 'True' | 'False', reason: string, message: string): Condition {
  return { type: 'Progressing', status, reason, message };
}
