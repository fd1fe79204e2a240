/**
 * Whether a ClusterOperator may be acted upon. An admission policy checks that whoever writes one may act as its acting account; but a policy can be
 * away for a while (between an uninstall that keeps the CustomResourceDefinition and the next install, for one), and what was written then was judged by
 * nobody. Neither labels nor managedFields tell: whoever wrote the object could write those too. What nobody could know or set before the policy was
 * there: a creationTimestamp after it, which the API server sets, and the UIDs of policy and binding, in an annotation that the policy watches over.
 */
import type { Clock } from '../cluster/clock.ts';
import { Mirror } from '../cluster/mirror.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { judgedByAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';

/**
 * API servers look for new policies once a second (`PolicyRefreshInterval` in `apiserver/pkg/admission/plugin/policy/generic`), and timestamps are whole
 * seconds: what was created less than so long after the policy may not have been judged by it, in ms.
 */
const settledMs = 3_000;

type JudgementOptions = {
  cluster: Cluster;
  clock: Clock;
  /** Name of the ValidatingAdmissionPolicy and of its binding. */
  name: string;
};

export class Judgement {
  readonly #options: JudgementOptions;
  readonly #policy: Mirror;
  readonly #binding: Mirror;

  /** Begins to watch policy and binding. */
  constructor(options: JudgementOptions) {
    this.#options = options;
    const { cluster, name } = options;
    const watched = (kind: string) => {
      const query = { apiVersion: 'admissionregistration.k8s.io/v1', kind, fieldSelector: `metadata.name=${name}` };
      return new Mirror(cluster, { ...query, metadataOnly: true });
    };
    this.#policy = watched('ValidatingAdmissionPolicy');
    this.#binding = watched('ValidatingAdmissionPolicyBinding');
  }

  /** Why nothing can be judged yet; undefined when what is created from now on is judged for sure. */
  get notReady(): string | undefined {
    const judges = this.#judges();
    const { name, clock } = this.#options;
    if (!judges) return `ValidatingAdmissionPolicy ${name} and its binding are not there`;
    return clock.now() < judges.since + settledMs ? `ValidatingAdmissionPolicy ${name} is just beginning to judge` : undefined;
  }

  /** @throws BookendError `not-judged`, with how to accept the ClusterOperator */
  refuseUnjudged({ metadata }: KubernetesObject): void {
    const judges = this.#judges();
    const { name } = this.#options;
    const object = `ClusterOperator ${metadata.name}`;
    if (!judges) {
      throw new BookendError(
        'not-judged',
        `ValidatingAdmissionPolicy ${name} or its binding is missing: nobody checked who wrote ${object}`,
        {
          object,
          advice:
            'Bring them back with helm upgrade, or switch the check off with admission.checkRights=false; nothing was changed.',
        },
      );
    }
    if (Date.parse(metadata.creationTimestamp ?? '') >= judges.since + settledMs) return;
    if (metadata.annotations?.[judgedByAnnotation] === judges.uids) return;
    throw new BookendError(
      'not-judged',
      `${object} is older than ValidatingAdmissionPolicy ${name}, which checks who writes it`,
      {
        object,
        advice: `Read its spec and status. If they are as they should be, accept them: kubectl annotate clusteroperators.bookend.dev ${metadata.name} --overwrite ${judgedByAnnotation}=${judges.uids}. Nothing was changed.`,
      },
    );
  }

  close(): void {
    this.#policy.close();
    this.#binding.close();
  }

  #judges(): { uids: string; since: number } | undefined {
    const [policy, binding] = [this.#policy.all()[0], this.#binding.all()[0]];
    if (!policy || !binding || policy.metadata.deletionTimestamp || binding.metadata.deletionTimestamp) return undefined;
    const begun = [policy, binding].map(({ metadata }) => Date.parse(metadata.creationTimestamp ?? ''));
    return { uids: `${policy.metadata.uid}/${binding.metadata.uid}`, since: Math.max(...begun) };
  }
}
