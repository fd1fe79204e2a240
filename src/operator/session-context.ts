/** What a session, and each part of it, is given. */
import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Account } from '../objects/service-accounts.ts';
import type { ClusterOperator } from '../resource/cluster-operator.ts';
import type { Bodies } from './bodies.ts';
import type { Recorder } from './events.ts';
import type { Guard } from './guard.ts';
import type { Judgement } from './judgement.ts';
import type { OperatorLog } from './log.ts';
import type { Meters } from './metrics.ts';
import type { OperatorShares } from './share-settings.ts';
import type { StatusWriter } from './status-writer.ts';

/** What a session needs of the operator. */
export type SessionContext = {
  /** As the operator itself: only for ClusterOperators, events, leases and looking up accounts. */
  cluster: Cluster;
  clock: Clock;
  deployer: Account;
  /** What shares of components need to know. */
  shares: OperatorShares;
  recorder: Recorder;
  log: OperatorLog;
  meters: Meters;
  bodies: Bodies;
  /** Unpredictable text, for the nonces of what is created. */
  makeNonce(): string;
  /** Whether the writer of a ClusterOperator was judged by our policy. Absent: that is not required. */
  judgement?: Judgement;
  /** Refuses the deletion of what the operator needs, while there is a ClusterOperator. */
  guard?: Pick<Guard, 'engage' | 'relax'>;
  /** The other ClusterOperator whose inventory has this UID. */
  claimedBy(uid: string, butNot: string): Promise<string | undefined>;
  /** True when no ClusterOperator but this one needs the operator. */
  isLast(uid: string): boolean;
};

/** A part of a session: ends when `stop` fires, or when it has nothing left to do. */
export type SessionPart = {
  context: SessionContext;
  /** The resource's metadata as they were when the stage began. */
  about: KubernetesObject;
  /** The resource's metadata as they are now. */
  latest(): KubernetesObject;
  /** `spec.teardown` as it is now. */
  policy(): ClusterOperator['spec']['teardown'];
  /**
   * The whole resource, read currently, and its status taken over. To be called and held within `bodies.whole` only.
   */
  read(): Promise<ClusterOperator>;
  /** The whole resource once more, as this stage works with it. @throws `conflict` when it is another one by now */
  readAgain(): Promise<ClusterOperator>;
  /** Its writer may not have been judged: nothing is done for it as another account than the deployer. */
  onlyAsDeployer: boolean;
  status: StatusWriter;
  stop: AbortSignal;
};
