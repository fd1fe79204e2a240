/**
 * The words of a preview, as plain data: what is to be uninstalled and what is around it (`Subject`), how (`Scenario`), what the simulated cluster showed (`Play`),
 * and what a person is told (`Finding`, `Preview`). Sources make subjects, `play/` makes plays, `rules/` make findings, `report/` shows them.
 */
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';

/** Where an object was written down. */
export type Origin = {
  file?: string;
  /** From 1: where the object's content begins. */
  line?: number;
  /** The template, as Helm's `# Source:` comment names it. */
  source?: string;
};

/** An object with its namespace filled in (`normalise`), and where it was written. */
export type Given = { object: KubernetesObject; origin?: Origin };

export type Subject = {
  from: 'release' | 'chart' | 'files' | 'namespace';
  /** Of the release, the chart, the namespace; of files, their names. */
  name: string;
  /** Where the release is, or the default of objects that name no namespace. */
  namespace: string;
  /** What the uninstall is told to delete: a release's stored manifest, the files. Hooks are not in it. */
  objects: readonly Given[];
  /** Objects with `helm.sh/hook`. */
  hooks: readonly Given[];
  /** Of a chart's `crds/` directory: installed by Helm and never deleted by it. */
  crds: readonly Given[];
  surroundings: Surroundings;
};

/** Everything else that matters to the uninstall and exists, or that must be supposed to. */
export type Surroundings = {
  /** cluster: read from a live one, so that what is absent from `objects` was looked for. supposed: nothing is known beyond the manifests. */
  from: 'cluster' | 'supposed';
  /** The server's version, `v1.37.2`, where it is known. */
  version?: string;
  /** Children, custom resources, webhooks and API services that catch them, holders of roles, Pods, namespaces, nodes: as they are, with UIDs and finalizers. */
  objects: readonly KubernetesObject[];
  /** What could not be looked at, in words: `widgets.example.com: forbidden for user jane`. It may be there; nothing is concluded from its absence. */
  notSeen: readonly string[];
};

export const tools = ['helm4', 'helm3', 'kubectl', 'argocd', 'flux', 'namespace', 'bookend'] as const;
/** Who deletes: `namespace` is the deletion of the subject's namespace, `bookend` a teardown in order. */
export type Tool = (typeof tools)[number];

export type Scenario = {
  tool: Tool;
  /** Helm's `--wait`. */
  wait: boolean;
  /** Helm's `--no-hooks`, turned round. */
  hooks: boolean;
  /** Helm's `--timeout`, in ms. */
  timeoutMs: number;
  /** Of the simulated cluster: the same seed gives the same play. */
  seed: number;
};

/** How sure it is that something serves, calls or needs something. */
export type Confidence = 'certain' | 'likely' | 'possible';

/** A field that shows something, with where it is written. */
export type FindingEvidence = {
  /** `Deployment shop/manager` */
  object: string;
  id: ObjectId;
  field?: string;
  value?: string;
  /** What it shows, in words. */
  says: string;
  origin?: Origin;
};

/** A workload that is taken for the controller of a kind, with what speaks for it. */
export type Server = { workload: ObjectId; confidence: Confidence; evidence: FindingEvidence[] };

/** Who serves what, judged from labels, images, rights and names: `serving/` makes it from all objects of a subject. */
export interface Serving {
  /** The workloads that are taken for the controller of a kind, the surest first. */
  controllersOf(group: string, kind: string): readonly Server[];
  /** Who removes a finalizer from an object: `kubernetes` for those that the API server and its own controllers serve; none when nobody was found. */
  serversOfFinalizer(finalizer: string, object: KubernetesObject): readonly Server[] | 'kubernetes';
}

/** What the tool did, one request or wait after the other. Times are ms since the uninstall began. */
export type ToolStep = {
  at: number;
  /** When its answer came, or the wait was over. */
  until: number;
  what: 'delete' | 'create-hook' | 'wait-hook' | 'delete-hook' | 'wait-gone' | 'keep' | 'note';
  id?: ObjectId;
  /** deleted, terminating or absent as the API server answered; failed with `message`; timed-out. */
  answer?: 'deleted' | 'terminating' | 'absent' | 'done' | 'failed' | 'timed-out';
  message?: string;
};

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
  /** What its account lost between the start of the uninstall and its own end, each with the object whose deletion took it. */
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
  /** The webhook configuration, policy, APIService or CustomResourceDefinition (conversion) that refused, and which webhook of it. */
  by: ObjectId;
  webhook?: string;
  message: string;
  /** It went through later. */
  overcome: boolean;
};

/** Something that still exists when the play is over, and that the uninstall should have taken along, or may be taken to. */
export type Left = {
  object: { kind: string; apiVersion: string; namespace?: string; name: string };
  id: ObjectId;
  /**
   * stuck: terminating for ever. refused: its deletion was refused. kept: by a policy. hook: made by a hook and not cleaned. child: made by what is gone.
   * storage: claims and volumes. custom-resource, crd, secret: of the release and never deleted by the tool. recreated: deleted, and made again.
   * pod-effects: what a Pod could not clean up. not-deleted: the tool never came to it.
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
};

export type Play = {
  scenario: Scenario;
  /**
   * succeeded: the tool ended without an error. failed: it ended with one. hangs: it would wait for ever, or something terminates for ever; what only objects hold
   * that nobody has seen (`supposedObjects`) is not counted.
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
  /** Objects of the play that nobody has seen: custom resources and children that an operator could have. What becomes of them is never more than a warning. */
  supposedObjects?: ObjectId[];
};

/** error: the simulation really ends in it. warning: it depends on something not visible, and says on what. note: worth knowing. */
export type Severity = 'error' | 'warning' | 'note';

export type Finding = {
  rule: string;
  severity: Severity;
  title: string;
  objects: { kind: string; apiVersion: string; namespace?: string; name: string }[];
  evidence: FindingEvidence[];
  /** What will happen. For a warning: and on what it depends. */
  consequence: string;
  /** How to prevent it. */
  remedy: string;
  /** Whether the same uninstall through Bookend would have it: `prevented`, `same`, or `reported` (Bookend stops and says so); `not-played`: nobody looked. */
  bookend: 'prevented' | 'reported' | 'same' | 'not-played';
  scenario: Tool;
};

/** One object's way from the delete call to gone, for people. */
export type TimelineEntry = {
  id: ObjectId;
  object: { kind: string; apiVersion: string; namespace?: string; name: string };
  /** Absent: nobody asked for it, the garbage collector or the namespace took it. */
  calledAt?: number;
  terminatingAt?: number;
  goneAt?: number;
  pod?: PodEnd;
  notes: string[];
};

/** The document that `bookend preview -o json` prints. */
export type Preview = {
  subject: { from: Subject['from']; name: string; namespace: string; live: boolean; objects: number };
  scenario: Scenario;
  outcome: Play['outcome'];
  message?: string;
  returnedMs: number;
  settledMs: number;
  findings: Finding[];
  timeline: TimelineEntry[];
  left: Left[];
  /** The same uninstall in order; absent when it was the scenario itself or was not asked for. */
  bookend?: {
    outcome: Play['outcome'];
    settledMs: number;
    failedPreStopHooks: number;
    left: Left[];
    /** Made like the other one, so that both can be drawn beside each other. */
    timeline?: TimelineEntry[];
  };
  supposed: string[];
  notSeen: string[];
};
