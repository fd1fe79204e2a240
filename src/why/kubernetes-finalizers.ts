/**
 * Finalizers that Kubernetes or the cloud controller of the cluster removes. A cluster without a cloud has no such
 * controller, and a controller that has done nothing for minutes is stuck.
 */
import { isOfCloud } from '../knowledge/serving/finalizer-domain.ts';
import { fieldAt, listOf, textOf } from '../objects/fields.ts';
import { builtInFinalizers } from '../objects/finalizers.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import type { ProposedRemedy } from '../remedies/remedy.ts';
import { duration } from '../teardown/blockers.ts';
import type { Proof } from './blocker.ts';
import { look, named } from './commands.ts';
import type { WhyContext } from './context.ts';
import { type GatedContext, type Judged, removal } from './servers.ts';
import { deletingSince, isSlow } from './since.ts';

const balancer = 'service.kubernetes.io/load-balancer-cleanup';

/** Whether a cloud controller removes it, which may not exist here. */
export function isForCloud(finalizer: string): boolean {
  return finalizer === balancer || isOfCloud(finalizer);
}

export function servedByKubernetes(
  finalizer: string,
  object: KubernetesObject,
  start: string,
  context: GatedContext,
): Judged & { evidence: Proof[] } {
  const since = deletingSince(object);
  const isLate = isSlow(since, context);
  const late = since !== undefined && isLate ? `; it is still there after ${duration(context.now - since)}` : '';
  const missing = isForCloud(finalizer) ? missingCloud(finalizer, object, context) : undefined;
  if (missing) {
    const says = `${start}: ${missing.says}: nobody in this cluster removes it`;
    return { says, stuck: true, remedies: cloudRemedies(finalizer, object, context), evidence: missing.evidence };
  }
  const doing = builtInFinalizers.get(finalizer) ?? 'Kubernetes itself removes it';
  const says = `${start}: ${isOfCloud(finalizer) ? 'the cloud provider removes it' : doing}${late}`;
  const remedies = isLate
    ? isForCloud(finalizer)
      ? cloudRemedies(finalizer, object, context)
      : slowRemedies(finalizer, object, context)
    : [];
  return { says, stuck: isLate, remedies, evidence: [] };
}

/** How the ids of nodes begin in each cloud: `gce://project/zone/name`. */
const schemes: readonly (readonly [domain: RegExp, scheme: RegExp])[] = [
  [/(^|\.)(gke\.io|cloud\.google\.com)\//, /^gce:/],
  [/azure\.com\//, /^azure:/],
  [/amazonaws\.com\/|\.aws\//, /^aws:/],
  [/oraclecloud\.com\//, /^(oci:|ocid1)/],
  [/aliyun\.com\//, /^(alicloud:|[a-z-]+\d?\.i-)/],
  [/digitalocean\.com\//, /^digitalocean:/],
];

/** Why no cloud controller is here; undefined when one may be, or when that cannot be seen. */
function missingCloud(
  finalizer: string,
  object: KubernetesObject,
  context: WhyContext,
): { says: string; evidence: Proof[] } | undefined {
  const nodes = context.world.ofKind('', 'Node');
  if (nodes.length === 0 || context.objects.some(isCloudController)) return undefined;
  const ids = nodes.flatMap((node) => textOf(fieldAt(node, 'spec', 'providerID')) ?? []);
  const [, scheme] = schemes.find(([domain]) => domain.test(`${finalizer}/`)) ?? [];
  if (ids.some((id) => scheme === undefined || scheme.test(id))) return undefined;
  const [node] = nodes;
  const value = ids[0] ?? '';
  const says = ids.length === 0 ? 'no node has one: this cluster belongs to no cloud' : 'the nodes belong to another cloud';
  const evidence = [{ object: `Node ${node?.metadata.name}`, field: 'spec.providerID', ...(value && { value }), says }];
  const where = object.kind === 'Service' && finalizer === balancer ? 'a load balancer' : 'it';
  return {
    says:
      ids.length === 0
        ? `a cloud controller must remove ${where}, and no node has a providerID`
        : `it belongs to a cloud other than ${value}`,
    evidence,
  };
}

function isCloudController(object: KubernetesObject): boolean {
  const template = podTemplateOf(object);
  const images = listOf(template?.spec.containers).flatMap((container) => textOf(fieldAt(container, 'image')) ?? []);
  return (
    template !== undefined && [object.metadata.name, ...images].some((text) => /cloud-(controller|provider)|\bccm\b/.test(text))
  );
}

function cloudRemedies(finalizer: string, object: KubernetesObject, context: GatedContext): ProposedRemedy[] {
  const loses = 'what a cloud provider may have made for it, such as a load balancer: it stays there, and costs money';
  return slowRemedies(finalizer, object, context).map((each) => (each.loses === undefined ? each : { ...each, loses }));
}

function slowRemedies(finalizer: string, object: KubernetesObject, context: GatedContext): ProposedRemedy[] {
  return [
    look(`See the events of ${describeRef(refOf(object))}.`, 'describe', ...named(object, context)),
    ...removal(object, finalizer, context),
  ];
}
