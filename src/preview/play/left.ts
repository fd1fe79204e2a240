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
import { type DeleteStep, idOfStep } from '../../uninstall/step.ts';
import { kindKey, type LeftFacts, type LeftInput, leftFactsOf, neverLeft } from './left-facts.ts';
import type { Left } from './outcome.ts';
import { stuck } from './stuck.ts';

export function leftOf(input: LeftInput): Left[] {
  const { setup, pods } = input;
  const { server } = setup.simulated;
  const facts = leftFactsOf(input);
  const left: Left[] = [];
  for (const { key } of server.kinds.listable()) {
    if (neverLeft.has(key)) continue;
    for (const object of server.store.all(key)) {
      const why = whyOf(object, facts);
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

type Reason = Pick<Left, 'why' | 'because'>;

/** An object that is still there, with what every question about it needs. */
type Case = {
  object: Stored;
  id: ObjectId;
  facts: LeftFacts;
  /** As it was before the uninstall. */
  before: Stored | undefined;
  /** The tool's DELETE. */
  step: DeleteStep | undefined;
};

function whyOf(object: Stored, facts: LeftFacts): Reason | undefined {
  const id = idOf(object);
  const each: Case = { object, id, facts, before: facts.setup.before.get(id), step: facts.calls.get(id) };
  const wasToGo = facts.ours.has(id) || isInDeletedNamespace(each);
  if (object.metadata.deletionTimestamp !== undefined) return wasToGo || isRelated(each) ? stuck(object, facts) : undefined;
  const rows = wasToGo ? ofWhatWasToGo : ofTheRest;
  return rows.find(([applies]) => applies(each))?.[1](each);
}

function isInDeletedNamespace({ object, id, facts: { tool, subject } }: Case): boolean {
  return tool === 'namespace' && (object.metadata.namespace === subject.namespace || id === `Namespace/${subject.namespace}`);
}

/** Whether it came with the subject, or was made for something of it. */
function isRelated({ object, id, facts }: Case): boolean {
  return facts.hooks.has(id) || facts.crds.has(id) || facts.kinds.has(kindKey(object)) || isChild(object, facts);
}

/** Asked one after the other: the first row that applies has the answer, which may be that nothing is to be said. */
type Row = readonly [applies: (each: Case) => boolean, answer: (each: Case) => Reason | undefined];

/** Objects of the subject, and all that is in a namespace that is deleted. */
const ofWhatWasToGo: readonly Row[] = [
  [({ object, id, facts }) => !facts.ours.has(id) && ownerLives(object, facts), () => undefined],
  [
    (each) => refusalOf(each) !== undefined,
    (each) => ({ why: 'refused', because: `its deletion was refused: ${refusalOf(each)}` }),
  ],
  [
    ({ step, ...each }) => step === undefined && keptBy(each) !== undefined,
    (each) => ({ why: 'kept', because: `it is kept by its ${keptBy(each)}` }),
  ],
  [
    (each) => !isArgoDefinition(each) && skippedWith(each) !== undefined,
    (each) => ({ why: 'kept', because: `it is kept by its ${skippedWith(each)}` }),
  ],
  [isAnother, ({ object, facts }) => recreated(object, facts)],
  [isArgoDefinition, ({ facts }) => ({ why: 'crd', because: `${nameOf(facts.tool)} never deletes CustomResourceDefinitions` })],
  [({ step }) => step !== undefined && step.answer !== 'absent', ({ object, facts }) => recreated(object, facts)],
  [
    (each) => each.facts.tool === 'namespace' && !isInDeletedNamespace(each),
    ({ facts: { subject } }) => ({ why: 'not-deleted', because: `it is not in namespace ${subject.namespace}` }),
  ],
  [() => true, ({ facts }) => ({ why: 'not-deleted', because: `${nameOf(facts.tool)} did not get as far as deleting it` })],
];

const ofTheRest: readonly Row[] = [
  [({ id, facts }) => facts.hooks.has(id), madeByHook],
  [
    ({ id, facts }) => facts.crds.has(id),
    () => ({ why: 'crd', because: 'it is in the crds/ directory of the chart, which Helm installs and never deletes' }),
  ],
  [
    ({ object, facts }) => facts.kinds.has(kindKey(object)),
    ({ facts: { subject } }) => ({
      why: 'custom-resource',
      because: `its kind came with ${subject.name}, and the tool does not delete it`,
    }),
  ],
  [
    (each) => claimingSet(each) !== undefined,
    (each) => ({
      why: 'storage',
      because: `${describeId(claimingSet(each) as ObjectId)} created it from its volumeClaimTemplates, and claims stay when their StatefulSet goes`,
    }),
  ],
  [
    ({ id, before, facts }) => facts.secrets.has(id) && before !== undefined && facts.subject.surroundings.from === 'cluster',
    ({ id, facts }) => ({
      why: 'secret',
      because: `${describeId(facts.secrets.get(id) as ObjectId)} used it, and it is not part of the uninstall`,
    }),
  ],
  [
    ({ object, facts }) => deadBackend(object, facts) !== undefined,
    ({ object, facts }) => ({ why: 'child', because: `it points to Service ${deadBackend(object, facts)}, which is gone` }),
  ],
  [
    ({ object, facts }) => facts.tool === 'namespace' && object.metadata.namespace === undefined,
    ({ object, facts }) => besideNamespace(object, facts),
  ],
  [({ object, facts }) => !isChild(object, facts) || ownerLives(object, facts), () => undefined],
  [isAnother, ({ object, facts }) => recreated(object, facts)],
  [() => true, ({ object }) => ({ why: 'child', because: `it was created for ${makerOf(object)}` })],
];

/** What the API server, or somebody whom it asks, said against its deletion. */
function refusalOf({ id, step, facts }: Case): string | undefined {
  const refusal = facts.refused.find((each) => each.id === id && each.verb === 'delete' && !each.overcome);
  return refusal?.message ?? (step?.answer === 'failed' ? step.message : undefined);
}

/** The policy that keeps an object of the subject, on the live object or in the manifest. */
function keptBy({ object, id, facts }: Pick<Case, 'object' | 'id' | 'facts'>): string | undefined {
  return facts.ours.has(id) ? (keepReason(object) ?? keptByManifest(id, facts.subject)) : undefined;
}

/** The annotation of its own with which the tool explains that it left the object alone. */
function skippedWith({ id, facts }: Case): string | undefined {
  const step = facts.steps.find((each) => each.what === 'keep' && each.id === id);
  return step?.what === 'keep' ? step.message : undefined;
}

function isArgoDefinition({ object, step, facts }: Case): boolean {
  return isCrd(object) && step === undefined && facts.tool === 'argocd';
}

/** The one that was there before has gone, and this one has come. */
function isAnother({ object, before }: Case): boolean {
  return before !== undefined && before.metadata.uid !== object.metadata.uid;
}

function madeByHook({ object, id, before, facts }: Case): Reason | undefined {
  if (isCrd(object)) return { why: 'crd', because: 'a hook created it, and Helm deletes no CustomResourceDefinition of a hook' };
  const steps = facts.steps.filter((step) => idOfStep(step) === id);
  if (before && before.metadata.uid === object.metadata.uid && steps.length === 0)
    return { why: 'hook', because: 'a hook created it, and no uninstall deletes objects of hooks' };
  return steps.some(({ what }) => what === 'create-hook')
    ? { why: 'hook', because: 'a hook created it, and its delete policy does not delete it' }
    : undefined;
}

/** The StatefulSet of ours that made this claim. One that stays still uses it. */
function claimingSet({ object: { kind, metadata }, facts }: Case): ObjectId | undefined {
  if (kind !== 'PersistentVolumeClaim') return undefined;
  const { store } = facts.setup.simulated.server;
  const isGone = (of: ObjectId) => !store.get('statefulsets.apps', parseId(of).namespace, parseId(of).name);
  return facts.claims.find(
    ({ namespace, prefix, of }) => metadata.namespace === namespace && metadata.name.startsWith(prefix) && isGone(of),
  )?.of;
}

/** What lies in no namespace, and loses what it was for with this one. */
function besideNamespace(object: Stored, { subject, serving }: LeftFacts): Reason | undefined {
  const { annotations = {} } = object.metadata;
  if (annotations['meta.helm.sh/release-namespace'] === subject.namespace)
    return {
      why: 'not-deleted',
      because: `it is of Helm release ${annotations['meta.helm.sh/release-name']} of that namespace, and is in none itself`,
    };
  if (!isCrd(object)) return undefined;
  const { group, kind } = definedBy(object);
  const [controller] = serving.controllersOf(group, kind);
  if (controller === undefined || parseId(controller.workload).namespace !== subject.namespace) return undefined;
  return {
    why: 'crd',
    because: `its controller ${describeId(controller.workload)} goes with the namespace, and it is in none`,
  };
}

function recreated(object: Stored, { serving }: LeftFacts): Reason {
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
  return { why: 'recreated', because: `it was deleted and created again ${by}` };
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
    const above = facts.setup.simulated.server.store.byUid(owner.uid)?.object ?? facts.setup.before.get(id);
    return above !== undefined && above.metadata.uid === owner.uid && isChild(above, facts);
  });
  facts.known.set(object.metadata.uid, found);
  return found;
}

/** Then the owner is what is left, and this with it. */
function ownerLives({ metadata }: Stored, { setup }: LeftFacts): boolean {
  return (metadata.ownerReferences ?? []).some(({ uid }) => setup.simulated.server.store.byUid(uid) !== undefined);
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
    if (!facts.setup.simulated.server.store.get('services', namespace, name)) return `${namespace}/${name}`;
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
