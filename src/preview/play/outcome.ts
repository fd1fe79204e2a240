/** What the simulated cluster showed, as plain data. */
import type { Confidence } from '../../knowledge/confidence.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { ToolStep } from '../../uninstall/step.ts';

/** A moment in the life of an object; `what` as the simulated cluster's `Happening` names it. */
export type Moment = { at: number; what: string; id: ObjectId; uid: string; message?: string };

/** The last seconds of a Pod. */
export type PodEnd = {
  pod: ObjectId;
  uid: string;
  /** The topmost object that made it: a Deployment, a custom resource; the Pod itself when nobody did. */
  of: ObjectId;
  /** `namespace/name` of its ServiceAccount. */
  account: string;
  /** Absent: never stopped while the play went on. */
  stoppingAt?: number;
  stoppedAt?: number;
  goneAt?: number;
  /** Containers with a preStop hook; `needs` are the calls that it is taken to make. */
  preStop?: {
    containers: string[];
    calls: Confidence | 'unlikely';
    outcome: 'succeeded' | 'failed' | 'not-run';
    message?: string;
  };
  /**
   * What its account lost between the start of the uninstall and its own end, each with the object whose deletion took
   * it.
   */
  lost: { at: number; by: ObjectId; what: string }[];
  /** What had to be there for the Pod and went first: ConfigMaps, Secrets, claims, Services in front of a webhook. */
  missed: { at: number; id: ObjectId }[];
};

/** A request, or a step of a controller, that something refused. */
export type Refused = {
  at: number;
  /** Who asked: `helm`, `garbage-collector`, `namespace-controller`, a workload. */
  who: string;
  verb: string;
  id: ObjectId;
  /**
   * The webhook configuration, policy, APIService or CustomResourceDefinition (conversion) that refused, and which
   * webhook of it.
   */
  by: ObjectId;
  webhook?: string;
  message: string;
  /** It went through later. */
  overcome: boolean;
};

/**
 * Something that still exists when the play is over, and that the uninstall should have taken along, or may be taken
 * to.
 */
export type Left = {
  object: { kind: string; apiVersion: string; namespace?: string; name: string };
  id: ObjectId;
  /**
   * stuck: terminating for ever. refused: its deletion was refused. kept: by a policy. hook: made by a hook and not
   * cleaned. child: made by what is gone. storage: claims and volumes. custom-resource, crd, secret: of the release and
   * never deleted by the tool. recreated: deleted, and made again. pod-effects: what a Pod could not clean up.
   * not-deleted: the tool never came to it.
   */
  why:
    | 'stuck'
    | 'refused'
    | 'kept'
    | 'hook'
    | 'child'
    | 'storage'
    | 'custom-resource'
    | 'crd'
    | 'secret'
    | 'recreated'
    | 'pod-effects'
    | 'not-deleted';
  /** In words, naming what holds it. */
  because: string;
  /** Nobody has seen it, or what alone holds it. */
  supposed?: true;
};

export type Play = {
  scenario: Scenario;
  /**
   * succeeded: the tool ended without an error. failed: it ended with one. hangs: it would wait for ever, or something
   * terminates for ever; what only objects hold that nobody has seen (`supposedObjects`) is not counted.
   */
  outcome: 'succeeded' | 'failed' | 'hangs';
  /** The tool's own last words. */
  message?: string;
  /** Until the tool returned, and until nothing moved any more, in ms. */
  returnedMs: number;
  settledMs: number;
  steps: ToolStep[];
  moments: Moment[];
  pods: PodEnd[];
  refused: Refused[];
  left: Left[];
  /** What was supposed to make the play possible, in words: `Deployment shop/manager serves finalizer x (likely)`. */
  supposed: string[];
  /** Policies and webhooks of which nobody knows whether they refuse, in words. */
  undecided: string[];
  /**
   * Objects of the play that nobody has seen: custom resources and children that an operator could have. What becomes
   * of them is never more than a warning.
   */
  supposedObjects?: ObjectId[];
};

/** When each object was gone for good, in ms since the uninstall began. What came back has no time. */
export function goneTimesOf(moments: readonly Moment[]): ReadonlyMap<ObjectId, number> {
  const gone = new Map<ObjectId, number>();
  for (const { what, id, at } of moments) {
    if (what === 'gone') gone.set(id, at);
    if (what === 'created') gone.delete(id);
  }
  return gone;
}
