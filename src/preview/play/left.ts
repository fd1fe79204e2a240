/**
 * What still exists when nothing moves any more, although the uninstall should have taken it along or might be taken
 * to; each with what holds it.
 */
import type { Stored } from '../../cluster/simulated/api/store.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { describeId, describeRef, groupOf, idOf, type ObjectId, parseId } from '../../objects/identity.ts';
import { keepReason } from '../../objects/policies.ts';
import { definedBy, isCrd } from '../../objects/scopes.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Tool } from '../../uninstall/scenario.ts';
import { kindKey, type LeftFacts, type LeftInput, leftFactsOf, neverLeft } from './left-facts.ts';
import type { Left } from './outcome.ts';
import { stuck } from './stuck.ts';

export function leftOf(told: LeftInput): Left[] {
  const { stage, tool, pods } = told;
  const { server } = stage.simulated;
  const facts = leftFactsOf(told);
  const left: Left[] = [];
  for (const { key } of server.kinds.listable()) {
    if (neverLeft.has(key)) continue;
    for (const object of server.store.all(key)) {
      const why = whyOf(object, facts, tool);
      if (why !== undefined) left.push({ object: described(object), id: idOf(object), ...why });
    }
  }
  for (const { pod, of, preStop } of pods) {
    if (preStop?.outcome !== 'failed' || (preStop.calls !== 'certain' && preStop.calls !== 'likely')) continue;
    const { kind, namespace, name } = parseId(pod);
    left.push({
      object: { kind, apiVersion: 'v1', ...(namespace !== undefined && { namespace }), name },
      id: pod,
      why: 'pod-effects',
      because: `the preStop hook of ${preStop.containers.join(', ')} failed: ${preStop.message ?? 'no reason is known'}; what it was to clean up for ${describeId(of)} stays`,
    });
  }
  return left;
}

function whyOf(object: Stored, facts: LeftFacts, tool: Tool): Pick<Left, 'why' | 'because'> | undefined {
  const id = idOf(object);
  const { subject, stage } = facts;
  const before = stage.before.get(id);
  const inDeletedNamespace =
    tool === 'namespace' && (object.metadata.namespace === subject.namespace || id === `Namespace/${subject.namespace}`);
  const isOurs = facts.ours.has(id);
  const concerns =
    isOurs ||
    inDeletedNamespace ||
    facts.hooks.has(id) ||
    facts.crds.has(id) ||
    facts.kinds.has(kindKey(object)) ||
    isChild(object, facts);
  if (object.metadata.deletionTimestamp !== undefined) return concerns ? stuck(object, facts) : undefined;
  if (!isOurs && inDeletedNamespace && ownerLives(object, facts)) return undefined;
  if (isOurs || inDeletedNamespace) {
    const refusal = facts.refused.find((each) => each.id === id && each.verb === 'delete' && !each.overcome);
    const step = facts.calls.get(id);
    if (refusal || step?.answer === 'failed')
      return { why: 'refused', because: `its deletion was refused: ${refusal?.message ?? step?.message ?? ''}` };
    const kept = keepReason(object) ?? (isOurs ? keptByManifest(id, subject) : undefined);
    if (isOurs && kept !== undefined && step === undefined) return { why: 'kept', because: `it is kept by its ${kept}` };
    if (before && before.metadata.uid !== object.metadata.uid) return recreated(object, facts);
    if (isCrd(object) && step === undefined && tool === 'argocd')
      return { why: 'crd', because: `${nameOf(tool)} never deletes CustomResourceDefinitions` };
    if (step?.answer !== undefined && step.answer !== 'absent') return recreated(object, facts);
    return { why: 'not-deleted', because: `${nameOf(tool)} never came to delete it` };
  }
  if (facts.hooks.has(id)) {
    if (before && before.metadata.uid === object.metadata.uid && !facts.steps.some((step) => step.id === id))
      return { why: 'hook', because: 'a hook made it, and no uninstall deletes what hooks made' };
    if (facts.steps.some((step) => step.id === id && step.what === 'create-hook'))
      return { why: 'hook', because: 'a hook made it, and its delete policy does not take it away' };
    return undefined;
  }
  if (facts.crds.has(id))
    return { why: 'crd', because: "it is of the chart's crds/ directory, which Helm installs and never deletes" };
  if (facts.kinds.has(kindKey(object)))
    return { why: 'custom-resource', because: `its kind came with ${subject.name}, and nobody was asked to delete it` };
  if (object.kind === 'PersistentVolumeClaim') {
    const claim = facts.claims.find(
      ({ namespace, prefix }) => object.metadata.namespace === namespace && object.metadata.name.startsWith(prefix),
    );
    if (claim)
      return {
        why: 'storage',
        because: `${describeId(claim.of)} made it from its volumeClaimTemplates, and claims stay when their StatefulSet goes`,
      };
  }
  const user = facts.secrets.get(id);
  if (user !== undefined && stage.before.has(id) && subject.surroundings.from === 'cluster')
    return { why: 'secret', because: `${describeId(user)} used it, and it is not among what is uninstalled` };
  const dead = deadBackend(object, facts);
  if (dead !== undefined) return { why: 'child', because: `it points to Service ${dead}, which is gone` };
  if (tool === 'namespace' && object.metadata.namespace === undefined) return besideNamespace(object, facts);
  if (!isChild(object, facts) || ownerLives(object, facts)) return undefined;
  if (before && before.metadata.uid !== object.metadata.uid) return recreated(object, facts);
  return { why: 'child', because: `it was made for ${makerOf(object)}` };
}

/** What lies in no namespace, and loses what it was for with this one. */
function besideNamespace(object: Stored, { subject, serving }: LeftFacts): Pick<Left, 'why' | 'because'> | undefined {
  const { annotations = {} } = object.metadata;
  if (annotations['meta.helm.sh/release-namespace'] === subject.namespace)
    return {
      why: 'not-deleted',
      because: `it is of Helm release ${annotations['meta.helm.sh/release-name']} of that namespace, and lies in none itself`,
    };
  if (!isCrd(object)) return undefined;
  const { group, kind } = definedBy(object);
  const [controller] = serving.controllersOf(group, kind);
  if (controller === undefined || parseId(controller.workload).namespace !== subject.namespace) return undefined;
  return {
    why: 'crd',
    because: `its controller ${describeId(controller.workload)} goes with the namespace, and it lies in none`,
  };
}

function recreated(object: Stored, { serving }: LeftFacts): Pick<Left, 'why' | 'because'> {
  const managers = ((object.metadata.managedFields as { manager?: string }[] | undefined) ?? []).flatMap(
    ({ manager }) => manager ?? [],
  );
  const [controller] = serving.controllersOf(groupOf(object.apiVersion), object.kind);
  const maker = makerOf(object);
  const by =
    maker !== 'nobody'
      ? `for ${maker}`
      : controller
        ? `by ${describeId(controller.workload)}`
        : managers.length > 0
          ? `by ${managers[0]}`
          : 'by a controller that still runs';
  return { why: 'recreated', because: `it was deleted and made again ${by}` };
}

function makerOf({ metadata }: Stored): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller) ?? metadata.ownerReferences?.[0];
  return owner
    ? describeRef({ kind: owner.kind, name: owner.name, ...(metadata.namespace && { namespace: metadata.namespace }) })
    : 'nobody';
}

/** Whether a chain of owners leads to one of ours, or to a custom resource of our kinds. */
function isChild(object: Stored, facts: LeftFacts): boolean {
  const known = facts.known.get(object.metadata.uid);
  if (known !== undefined) return known;
  facts.known.set(object.metadata.uid, false);
  const found = (object.metadata.ownerReferences ?? []).some((owner) => {
    const id = ownerId(owner, object);
    if (facts.ours.has(id) || facts.kinds.has(`${groupOf(owner.apiVersion)}/${owner.kind}`)) return true;
    const above = facts.stage.simulated.server.store.byUid(owner.uid)?.object ?? facts.stage.before.get(id);
    return above !== undefined && above.metadata.uid === owner.uid && isChild(above, facts);
  });
  facts.known.set(object.metadata.uid, found);
  return found;
}

/** Then the owner is what is left, and this with it. */
function ownerLives({ metadata }: Stored, { stage }: LeftFacts): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => stage.simulated.server.store.byUid(uid) !== undefined);
}

function ownerId(owner: { apiVersion: string; kind: string; name: string }, { metadata }: Stored): ObjectId {
  const namespaced = idOf({
    ...owner,
    metadata: { name: owner.name, ...(metadata.namespace && { namespace: metadata.namespace }) },
  });
  return namespaced;
}

/** Webhook configurations and API services that were made at run time and point to a Service of ours. */
function deadBackend(object: Stored, facts: LeftFacts): string | undefined {
  const services =
    object.kind === 'APIService'
      ? [fieldAt(object.spec, 'service')]
      : object.kind.endsWith('WebhookConfiguration')
        ? (Array.isArray(object.webhooks) ? object.webhooks : []).map((webhook) => fieldAt(webhook, 'clientConfig', 'service'))
        : [];
  for (const service of services) {
    const namespace = textOf(fieldAt(service, 'namespace'));
    const name = textOf(fieldAt(service, 'name'));
    if (namespace === undefined || name === undefined || !facts.ours.has(`Service/${namespace}/${name}` as ObjectId)) continue;
    if (!facts.stage.simulated.server.store.get('services', namespace, name)) return `${namespace}/${name}`;
  }
  return undefined;
}

function keptByManifest(id: ObjectId, subject: Subject): string | undefined {
  const given = subject.objects.find(({ object }) => idOf(object) === id);
  return given && keepReason(given.object);
}

function described({ apiVersion, kind, metadata }: Stored): Left['object'] {
  return { kind, apiVersion, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }), name: metadata.name };
}

function nameOf(tool: Tool): string {
  return {
    helm4: 'helm',
    helm3: 'helm',
    kubectl: 'kubectl',
    argocd: 'Argo CD',
    flux: 'Flux',
    namespace: 'the namespace controller',
    bookend: 'Bookend',
  }[tool];
}
