/** What still exists when nothing moves any more, although the uninstall should have taken it along or might be taken to; each with what holds it. */
import type { Stored } from '../../cluster/simulated/store.ts';
import { fieldAt, textOf } from '../../objects/fields.ts';
import { builtInFinalizers } from '../../objects/finalizers.ts';
import { describeId, describeRef, groupOf, idOf, type ObjectId } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';
import { keepReason } from '../../objects/policies.ts';
import { isCrd } from '../../objects/scopes.ts';
import type { Left, PodEnd, Refused, Serving, Subject, Tool, ToolStep } from '../model.ts';
import type { Stage } from './stage.ts';

type Told = {
  subject: Subject;
  tool: Tool;
  stage: Stage;
  serving: Serving;
  steps: readonly ToolStep[];
  refused: readonly Refused[];
  pods: readonly PodEnd[];
};

export function leftOf(told: Told): Left[] {
  const { subject, stage, tool, pods } = told;
  const { server } = stage.simulated;
  const ids = (given: Subject['objects']) => new Set(given.map(({ object }) => idOf(object)));
  const view: View = {
    ...told,
    ours: ids(subject.objects),
    hooks: ids(subject.hooks),
    crds: new Set(subject.crds.map(({ object }) => idOf(object))),
    kinds: kindsOf([...subject.objects, ...subject.crds].map(({ object }) => object)),
    claims: claimPrefixes(subject),
    secrets: secretsOf(subject),
    calls: new Map(told.steps.flatMap((step) => (step.what === 'delete' && step.id ? [[step.id, step] as const] : []))),
    fresh: new Map(),
  };
  const left: Left[] = [];
  for (const { key } of server.kinds.listable()) {
    if (neverLeft.has(key)) continue;
    for (const object of server.store.all(key)) {
      const why = whyOf(object, view, tool);
      if (why !== undefined) left.push({ object: described(object), id: idOf(object), ...why });
    }
  }
  for (const { pod, of, preStop } of pods) {
    if (preStop?.outcome !== 'failed' || (preStop.calls !== 'certain' && preStop.calls !== 'likely')) continue;
    const { kind, namespace, name } = parts(pod);
    left.push({
      object: { kind, apiVersion: 'v1', ...(namespace !== undefined && { namespace }), name },
      id: pod,
      why: 'pod-effects',
      because: `the preStop hook of ${preStop.containers.join(', ')} failed: ${preStop.message ?? 'no reason is known'}; what it was to clean up for ${describeId(of)} stays`,
    });
  }
  return left;
}

type View = Told & {
  ours: ReadonlySet<ObjectId>;
  hooks: ReadonlySet<ObjectId>;
  crds: ReadonlySet<ObjectId>;
  kinds: ReadonlySet<string>;
  claims: readonly { namespace: string; prefix: string; of: ObjectId }[];
  secrets: ReadonlyMap<ObjectId, ObjectId>;
  calls: ReadonlyMap<ObjectId, ToolStep>;
  fresh: Map<string, boolean>;
};

/** Made by Kubernetes for everything and everybody, and gone with their object or by themselves. */
const neverLeft = new Set([
  'events',
  'leases.coordination.k8s.io',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'nodes',
  'controllerrevisions.apps',
]);

function whyOf(object: Stored, view: View, tool: Tool): Pick<Left, 'why' | 'because'> | undefined {
  const id = idOf(object);
  const { subject, stage } = view;
  const before = stage.before.get(id);
  const inDeletedNamespace =
    tool === 'namespace' && (object.metadata.namespace === subject.namespace || id === `Namespace/${subject.namespace}`);
  const isOurs = view.ours.has(id);
  const concerns =
    isOurs ||
    inDeletedNamespace ||
    view.hooks.has(id) ||
    view.crds.has(id) ||
    view.kinds.has(kindKey(object)) ||
    isChild(object, view);
  if (object.metadata.deletionTimestamp !== undefined) return concerns ? stuck(object, view) : undefined;
  if (!isOurs && inDeletedNamespace && ownerLives(object, view)) return undefined;
  if (isOurs || inDeletedNamespace) {
    const refusal = view.refused.find((each) => each.id === id && each.verb === 'delete' && !each.overcome);
    const step = view.calls.get(id);
    if (refusal || step?.answer === 'failed')
      return { why: 'refused', because: `its deletion was refused: ${refusal?.message ?? step?.message ?? ''}` };
    const kept = keepReason(object) ?? (isOurs ? keptByManifest(id, subject) : undefined);
    if (isOurs && kept !== undefined && step === undefined) return { why: 'kept', because: `it is kept by its ${kept}` };
    if (before && before.metadata.uid !== object.metadata.uid) return recreated(object, view);
    if (isCrd(object) && step === undefined && tool === 'argocd')
      return { why: 'crd', because: `${nameOf(tool)} never deletes CustomResourceDefinitions` };
    if (step?.answer !== undefined && step.answer !== 'absent') return recreated(object, view);
    return { why: 'not-deleted', because: `${nameOf(tool)} never came to delete it` };
  }
  if (view.hooks.has(id)) {
    if (before && before.metadata.uid === object.metadata.uid && !view.steps.some((step) => step.id === id))
      return { why: 'hook', because: 'a hook made it, and no uninstall deletes what hooks made' };
    if (view.steps.some((step) => step.id === id && step.what === 'create-hook'))
      return { why: 'hook', because: 'a hook made it, and its delete policy does not take it away' };
    return undefined;
  }
  if (view.crds.has(id))
    return { why: 'crd', because: "it is of the chart's crds/ directory, which Helm installs and never deletes" };
  if (view.kinds.has(kindKey(object)))
    return { why: 'custom-resource', because: `its kind came with ${subject.name}, and nobody was asked to delete it` };
  if (object.kind === 'PersistentVolumeClaim') {
    const claim = view.claims.find(
      ({ namespace, prefix }) => object.metadata.namespace === namespace && object.metadata.name.startsWith(prefix),
    );
    if (claim)
      return {
        why: 'storage',
        because: `${describeId(claim.of)} made it from its volumeClaimTemplates, and claims stay when their StatefulSet goes`,
      };
  }
  const user = view.secrets.get(id);
  if (user !== undefined && stage.before.has(id) && subject.surroundings.from === 'cluster')
    return { why: 'secret', because: `${describeId(user)} used it, and it is not among what is uninstalled` };
  const dead = deadBackend(object, view);
  if (dead !== undefined) return { why: 'child', because: `it points to Service ${dead}, which is gone` };
  if (!isChild(object, view) || ownerLives(object, view)) return undefined;
  if (before && before.metadata.uid !== object.metadata.uid) return recreated(object, view);
  return { why: 'child', because: `it was made for ${makerOf(object)}` };
}

function stuck(object: Stored, view: View): Pick<Left, 'why' | 'because'> {
  const { finalizers = [] } = object.metadata;
  const reasons = finalizers.map((finalizer) => {
    const builtIn = builtInFinalizers.get(finalizer);
    if (builtIn !== undefined) return `finalizer ${finalizer}: ${builtIn}`;
    const servers = view.serving.serversOfFinalizer(finalizer, object);
    if (servers === 'kubernetes') return `finalizer ${finalizer}`;
    const [server] = servers;
    if (server === undefined) return `finalizer ${finalizer}: no workload is known that removes it`;
    return `finalizer ${finalizer}: ${describeId(server.workload)}, which removes it, ${stateOf(server.workload, view)}`;
  });
  const refusals = view.refused.filter(({ id, overcome }) => id === idOf(object) && !overcome);
  const refusal = refusals.at(-1);
  if (refusal) reasons.push(`${describeId(refusal.by)} refuses: ${refusal.message}`);
  if (object.kind === 'Namespace') reasons.push(...contentOf(object, view));
  return { why: 'stuck', because: reasons.length > 0 ? reasons.join('; ') : 'it is terminating' };
}

function stateOf(workload: ObjectId, { stage }: View): string {
  const { server } = stage.simulated;
  const { kind, namespace, name } = parts(workload);
  const runs = server.store
    .all('pods', namespace)
    .some(
      (pod) =>
        fieldAt(pod.status, 'phase') === 'Running' &&
        pod.metadata.deletionTimestamp === undefined &&
        ownerIs(pod, kind, name, stage),
    );
  return runs ? 'has not done so' : 'has no running Pod';
}

function ownerIs(pod: Stored, kind: string, name: string, { simulated }: Stage): boolean {
  if (kind === 'Pod') return pod.metadata.name === name;
  return (pod.metadata.ownerReferences ?? []).some((owner) => {
    if (owner.kind === kind && owner.name === name) return true;
    const above = simulated.server.store.byUid(owner.uid)?.object;
    return above?.metadata.ownerReferences?.some((top) => top.kind === kind && top.name === name) ?? false;
  });
}

function contentOf({ metadata }: Stored, { stage }: View): string[] {
  const { server } = stage.simulated;
  const held = server.kinds
    .listable()
    .flatMap(({ key, namespaced }) => (namespaced && !neverLeft.has(key) ? server.store.all(key, metadata.name) : []));
  const named = held.slice(0, 3).map((object) => describeRef({ kind: object.kind, ...object.metadata }));
  return held.length === 0 ? [] : [`it still has ${named.join(', ')}${held.length > 3 ? ` and ${held.length - 3} more` : ''}`];
}

function recreated(object: Stored, { serving }: View): Pick<Left, 'why' | 'because'> {
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
function isChild(object: Stored, view: View): boolean {
  const known = view.fresh.get(object.metadata.uid);
  if (known !== undefined) return known;
  view.fresh.set(object.metadata.uid, false);
  const found = (object.metadata.ownerReferences ?? []).some((owner) => {
    const id = ownerId(owner, object);
    if (view.ours.has(id) || view.kinds.has(`${groupOf(owner.apiVersion)}/${owner.kind}`)) return true;
    const above = view.stage.simulated.server.store.byUid(owner.uid)?.object ?? view.stage.before.get(id);
    return above !== undefined && above.metadata.uid === owner.uid && isChild(above, view);
  });
  view.fresh.set(object.metadata.uid, found);
  return found;
}

/** Then the owner is what is left, and this with it. */
function ownerLives({ metadata }: Stored, { stage }: View): boolean {
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
function deadBackend(object: Stored, view: View): string | undefined {
  const services =
    object.kind === 'APIService'
      ? [fieldAt(object.spec, 'service')]
      : object.kind.endsWith('WebhookConfiguration')
        ? (Array.isArray(object.webhooks) ? object.webhooks : []).map((webhook) => fieldAt(webhook, 'clientConfig', 'service'))
        : [];
  for (const service of services) {
    const namespace = textOf(fieldAt(service, 'namespace'));
    const name = textOf(fieldAt(service, 'name'));
    if (namespace === undefined || name === undefined || !view.ours.has(`Service/${namespace}/${name}` as ObjectId)) continue;
    if (!view.stage.simulated.server.store.get('services', namespace, name)) return `${namespace}/${name}`;
  }
  return undefined;
}

function keptByManifest(id: ObjectId, subject: Subject): string | undefined {
  const given = subject.objects.find(({ object }) => idOf(object) === id);
  return given && keepReason(given.object);
}

function kindsOf(objects: readonly KubernetesObject[]): Set<string> {
  return new Set(
    objects.filter(isCrd).map((crd) => `${textOf(fieldAt(crd.spec, 'group'))}/${textOf(fieldAt(crd.spec, 'names', 'kind'))}`),
  );
}

function kindKey({ apiVersion, kind }: KubernetesObject): string {
  return `${groupOf(apiVersion)}/${kind}`;
}

/** `data-db-` of a StatefulSet db with the template data, unless it deletes its claims itself. */
function claimPrefixes({ objects }: Subject) {
  return objects.flatMap(({ object }) => {
    if (object.kind !== 'StatefulSet' || fieldAt(object.spec, 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete')
      return [];
    const templates = fieldAt(object.spec, 'volumeClaimTemplates');
    return (Array.isArray(templates) ? templates : []).map((template) => ({
      namespace: object.metadata.namespace ?? '',
      prefix: `${String(fieldAt(template, 'metadata', 'name'))}-${object.metadata.name}-`,
      of: idOf(object),
    }));
  });
}

/** Secrets that the Pods of ours mount or read, with who does. */
function secretsOf({ objects }: Subject): Map<ObjectId, ObjectId> {
  const found = new Map<ObjectId, ObjectId>();
  for (const { object } of objects) {
    const template = podTemplateOf(object);
    if (template === undefined) continue;
    for (const [, name] of JSON.stringify(template.spec).matchAll(
      /"(?:secretName|secretRef":\{"name|secretKeyRef":\{"(?:key":"[^"]*",")?name)":"([^"]+)"/g,
    ))
      found.set(`Secret/${object.metadata.namespace ?? ''}/${name}` as ObjectId, idOf(object));
  }
  return found;
}

function described({ apiVersion, kind, metadata }: Stored): Left['object'] {
  return { kind, apiVersion, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }), name: metadata.name };
}

function parts(id: ObjectId): { kind: string; namespace?: string; name: string } {
  const [kindAndGroup = '', ...rest] = id.split('/');
  const kind = kindAndGroup.split('.')[0] ?? '';
  const [first = '', second] = rest;
  return second === undefined ? { kind, name: first } : { kind, namespace: first, name: second };
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
