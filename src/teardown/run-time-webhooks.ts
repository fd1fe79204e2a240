/**
 * Webhook configurations that the workloads of a teardown answer for and that do not go with it, as an operator
 * registers them when it starts. Once nothing answers any more, `failurePolicy: Fail` refuses what they match:
 *
 *     Deployment operator ◄─ Service ◄─ ValidatingWebhookConfiguration (not of this teardown)
 *            ▲                                        │ judges
 *            └──────── goes after ────────────── ConfigMap settings
 *
 * So what they judge goes before their backend. Those that a program made and that have no owner are named when the
 * backend is gone, as children without an owner are: nothing proves whose they are, and they are not deleted.
 */
import { inTurns } from '../cluster/in-turns.ts';
import type { Cluster } from '../cluster/port.ts';
import { isCode } from '../errors.ts';
import type { Edge } from '../graph/edge.ts';
import { resourceOf } from '../graph/rules/resource-of.ts';
import { isAskedAbout } from '../graph/webhook-match.ts';
import { makeWorld } from '../graph/world.ts';
import { fieldAt, listOf, textMapOf, textOf } from '../objects/fields.ts';
import { groupOf, idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Kind } from './kinds.ts';
import { isOnlyByPrograms } from './loose-children.ts';
import { slim } from './watches.ts';

export type RunTimeWebhooks = {
  /** What a webhook judges needs its backend. */
  edges: Edge[];
  /** What programs made without an owner, by the step that answers for it. */
  loose: Map<ObjectId, KubernetesObject[]>;
  /** What could not be read, in words. */
  notSeen: string[];
};

const registration = 'admissionregistration.k8s.io';

/** Registrations of webhooks: they have no namespace. */
export const webhookKinds: readonly Kind[] = ['ValidatingWebhookConfiguration', 'MutatingWebhookConfiguration'].map((kind) => ({
  apiVersion: `${registration}/v1`,
  kind,
}));

/** A webhook that refuses when nothing answers, and the steps that answer for it: the Service and what it selects. */
type Judge = { configuration: KubernetesObject; webhook: unknown; servers: ObjectId[] };

/** @param objects what is to go, live */
export async function runTimeWebhooks(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<RunTimeWebhooks> {
  const found: RunTimeWebhooks = { edges: [], loose: new Map(), notSeen: [] };
  const steps = makeWorld(objects);
  if (steps.workloads.length === 0) return found;
  const list = (query: Kind & { namespace?: string }) => readable(cluster, query, found.notSeen);
  const configurations = (await inTurns(2, webhookKinds, list)).flat().filter((each) => !steps.has(idOf(each)));
  const called = new Set(configurations.flatMap((each) => calledBy(each).map(({ namespace }) => namespace)));
  const namespaces = [...new Set(steps.workloads.map(({ namespace }) => namespace))].filter((each) => called.has(each));
  if (namespaces.length === 0) return found;
  const services = (await inTurns(8, namespaces, (namespace) => list({ apiVersion: 'v1', kind: 'Service', namespace }))).flat();
  const world = makeWorld([...objects, ...services.filter((service) => !steps.has(idOf(service)))]);
  const judges = configurations.flatMap((configuration) =>
    calledBy(configuration).flatMap(({ webhook, name, namespace }): Judge[] => {
      const service = services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
      const selector = textMapOf(fieldAt(service, 'spec', 'selector'));
      if (!service || Object.keys(selector).length === 0) return [];
      const behind = world.workloadsWithLabels(namespace, selector).map(({ id }) => id);
      return behind.length === 0 ? [] : [{ configuration, webhook, servers: [...behind, idOf(service)] }];
    }),
  );
  for (const { configuration, servers } of judges) {
    const [first] = servers;
    const known = first && (found.loose.get(first) ?? []);
    if (!known || known.includes(configuration) || !isOnlyByPrograms(configuration)) continue;
    found.loose.set(first, [...known, configuration]);
  }
  found.edges = await judgedEdges(cluster, objects, judges, found.notSeen);
  return found;
}

function calledBy(configuration: KubernetesObject): { webhook: unknown; name: string; namespace: string }[] {
  return listOf(configuration.webhooks).flatMap((webhook) => {
    const service = fieldAt(webhook, 'clientConfig', 'service');
    const name = textOf(fieldAt(service, 'name'));
    const namespace = textOf(fieldAt(service, 'namespace'));
    return name === undefined || namespace === undefined ? [] : [{ webhook, name, namespace }];
  });
}

/** Removing a finalizer is an UPDATE: the deletion of many objects consists of both. */
const operations = ['DELETE', 'UPDATE'];

async function judgedEdges(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  judges: readonly Judge[],
  notSeen: string[],
): Promise<Edge[]> {
  const refusing = judges.filter(({ webhook }) => textOf(fieldAt(webhook, 'failurePolicy')) !== 'Ignore');
  if (refusing.length === 0) return [];
  const world = makeWorld(objects);
  const homes = [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))];
  const labels = new Map(await inTurns(8, homes, async (name) => [name, await labelsOf(cluster, name, notSeen)] as const));
  return objects
    .filter(({ apiVersion }) => groupOf(apiVersion) !== registration)
    .flatMap((object) => {
      const { namespace, name } = object.metadata;
      const own = object.metadata.labels ?? {};
      const around = object.kind === 'Namespace' ? { ...own, ...labelOf(name) } : labels.get(namespace ?? '');
      const requested = { ...resourceOf(object, world), namespace, labels: own, ...(around && { namespaceLabels: around }) };
      return refusing
        .filter(({ webhook }) => isAskedAbout(webhook, requested, operations))
        .flatMap(({ configuration, servers }) =>
          servers.includes(idOf(object)) ? [] : servers.map((server) => judgedEdge(idOf(object), server, configuration)),
        );
    });
}

/** Broad: it yields where the backend needs the object itself, such as its ServiceAccount. */
function judgedEdge(from: ObjectId, to: ObjectId, configuration: KubernetesObject): Edge {
  return { from, to, rule: 'webhook', certainty: 'broad', evidence: [{ object: idOf(configuration), field: 'webhooks' }] };
}

/** The API server sets it on each Namespace. */
const labelOf = (namespace: string) => ({ 'kubernetes.io/metadata.name': namespace });

async function labelsOf(cluster: Cluster, name: string, notSeen: string[]): Promise<Readonly<Record<string, string>>> {
  try {
    const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name });
    return { ...namespace?.metadata.labels, ...labelOf(name) };
  } catch (error) {
    if (!isCode(error, 'forbidden')) throw error;
    notSeen.push(error.message);
    return labelOf(name);
  }
}

/** What may not be read is named. */
async function readable(cluster: Cluster, query: Kind & { namespace?: string }, notSeen: string[]): Promise<KubernetesObject[]> {
  try {
    return (await cluster.list({ ...query, keep: slimWebhooks })).items;
  } catch (error) {
    if (!isCode(error, 'forbidden')) throw error;
    notSeen.push(error.message);
    return [];
  }
}

/** No certificates, no managed fields beyond who wrote it. */
function slimWebhooks(object: KubernetesObject): KubernetesObject {
  const { managedFields, labels } = object.metadata;
  const webhooks = listOf(object.webhooks).map((webhook) => ({
    ...Object(webhook),
    clientConfig: { service: fieldAt(webhook, 'clientConfig', 'service') },
  }));
  const slimmed = slim(object);
  return {
    ...slimmed,
    metadata: {
      ...slimmed.metadata,
      ...(labels && { labels }),
      managedFields: listOf(managedFields).map((entry) => ({ manager: fieldAt(entry, 'manager') })),
    },
    ...(object.webhooks !== undefined && { webhooks }),
    ...(object.kind === 'Service' && { spec: { selector: fieldAt(object, 'spec', 'selector') } }),
  };
}
