/**
 * Whether a ClusterOperator may be acted upon. An admission policy checks that whoever writes one may act as its acting
 * account; but a policy can be away for a while (between an uninstall that keeps the CustomResourceDefinition and the
 * next install, for one), and what was written then was judged by nobody. Neither labels nor managedFields tell:
 * whoever wrote the object could write those too. What nobody could know or set before the policy was there: a
 * creationTimestamp after it, which the API server sets, and the UIDs of policy and binding, in an annotation that the
 * policy watches over.
 *
 * One case is in between: who installs Bookend for the first time and does not wait until it is ready may create a
 * ClusterOperator in the few seconds in which the API server does not judge yet. It is acted upon if it acts as the
 * deployer, whose rights whoever installs has chosen a moment ago; not as any other account.
 */
import type { Clock } from '../cluster/clock.ts';
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { bookendGroup, judgedByAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';

/**
 * API servers look for new policies once a second (`PolicyRefreshInterval` in
 * `apiserver/pkg/admission/plugin/policy/generic`), and timestamps are whole seconds: what was created less than so
 * long after the policy may not have been judged by it, in ms.
 */
const settledMs = 3_000;

/**
 * A definition that is older than the policy by more than this has been there before: it was kept by an uninstall, in
 * ms.
 */
const firstInstallMs = 60_000;

type JudgementOptions = {
  cluster: Cluster;
  clock: Clock;
  /** Name of the ValidatingAdmissionPolicy and of its binding. */
  name: string;
};

/** What may be done for a ClusterOperator: all of it, or only what the deployer may do. */
export type Verdict = 'judged' | 'as-deployer';

export class Judgement {
  readonly #options: JudgementOptions;
  readonly #policy: Mirror;
  readonly #binding: Mirror;
  readonly #definition: Mirror;

  /** Begins to watch policy, binding and the CustomResourceDefinition. */
  constructor(options: JudgementOptions) {
    this.#options = options;
    const { cluster, name } = options;
    const watched = (apiVersion: string, kind: string, one: string) =>
      new Mirror(cluster, { apiVersion, kind, fieldSelector: `metadata.name=${one}`, metadataOnly: true });
    const admission = 'admissionregistration.k8s.io/v1';
    this.#policy = watched(admission, 'ValidatingAdmissionPolicy', name);
    this.#binding = watched(admission, 'ValidatingAdmissionPolicyBinding', name);
    this.#definition = watched('apiextensions.k8s.io/v1', 'CustomResourceDefinition', `clusteroperators.${bookendGroup}`);
  }

  /** Why nothing can be judged yet; undefined when what is created from now on is judged for sure. */
  get notReady(): string | undefined {
    const judges = this.#judges();
    const { name, clock } = this.#options;
    if (!judges) return `ValidatingAdmissionPolicy ${name} and its binding are not there`;
    return clock.now() < judges.since + settledMs ? `ValidatingAdmissionPolicy ${name} is just beginning to judge` : undefined;
  }

  /** @throws BookendError `not-judged`, with how to accept the ClusterOperator */
  verdictOn(resource: KubernetesObject): Verdict {
    const { metadata } = resource;
    const judges = this.#judges();
    const { name } = this.#options;
    if (!judges) {
      const object = `ClusterOperator ${metadata.name}`;
      const message = `ValidatingAdmissionPolicy ${name} or its binding is missing: nothing checked who wrote ${object}`;
      throw new BookendError('not-judged', message, {
        object,
        advice:
          'Bring them back with helm upgrade, or switch the check off with admission.checkRights=false; nothing was changed.',
      });
    }
    const created = Date.parse(metadata.creationTimestamp ?? '');
    if (created >= judges.since + settledMs || metadata.annotations?.[judgedByAnnotation] === judges.uids) return 'judged';
    if (created >= judges.since && judges.isFirst) return 'as-deployer';
    throw this.refusal(resource);
  }

  /** Why a ClusterOperator is not acted upon, and how to accept it. */
  refusal({ metadata }: KubernetesObject): BookendError {
    const { name } = this.#options;
    const object = `ClusterOperator ${metadata.name}`;
    const uids = this.#judges()?.uids ?? '';
    const message = `${object} was created before ValidatingAdmissionPolicy ${name} checked who writes it`;
    return new BookendError('not-judged', message, {
      object,
      advice: `Nothing was changed. Read its spec and status. If they are as they should be, accept them: kubectl annotate clusteroperators.bookend.dev ${metadata.name} --overwrite ${judgedByAnnotation}=${uids}`,
    });
  }

  close(): void {
    for (const mirror of [this.#policy, this.#binding, this.#definition]) mirror.close();
  }

  #judges(): { uids: string; since: number; isFirst: boolean } | undefined {
    const [policy, binding] = [this.#policy.all()[0], this.#binding.all()[0]];
    if (!policy || !binding || policy.metadata.deletionTimestamp || binding.metadata.deletionTimestamp) return undefined;
    const createdAt = ({ metadata }: KubernetesObject) => Date.parse(metadata.creationTimestamp ?? '');
    const since = Math.max(createdAt(policy), createdAt(binding));
    const [definition] = this.#definition.all();
    const isFirst = definition !== undefined && since - createdAt(definition) <= firstInstallMs;
    return { uids: `${policy.metadata.uid}/${binding.metadata.uid}`, since, isFirst };
  }
}
