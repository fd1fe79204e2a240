/**
 * The custom resource ClusterOperator, described once: the CustomResourceDefinition, the reference page and the types
 * all come from this schema. Limits on lengths are there for the API server, which must be able to bound the cost of
 * the CEL rules.
 */
import { z } from 'zod';
import { bookendApiVersion } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { shareLimits } from '../share/limits.ts';
import { shareSchema } from './share.ts';

export const clusterOperatorKind = { apiVersion: bookendApiVersion, kind: 'ClusterOperator' } as const;

const dnsLabel = (description: string) =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .describe(description);
const time = (description: string) => z.string().describe(description).meta({ format: 'date-time' });

const component = z
  .object({
    name: dnsLabel('Name of the component, unique in this ClusterOperator.'),
    dependsOn: z
      .array(z.string().min(1).max(63))
      .max(32)
      .exactOptional()
      .describe(
        'Names of components that this one needs. They are installed and ready before it, and deleted after it. Not needed if a field shows it, such as a Pod template with a ServiceAccount.',
      )
      .meta({ 'x-kubernetes-list-type': 'set' }),
    objects: z
      .array(
        z
          .object({ apiVersion: z.string().min(1), kind: z.string().min(1) })
          .meta({ 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }),
      )
      .min(1)
      .describe('The objects, as for kubectl apply. Namespaced objects without a namespace get spec.namespace.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    share: z
      .array(shareSchema)
      .min(1)
      .max(shareLimits.shares)
      .exactOptional()
      .describe(
        'Directories that containers of a Pod share. Each is for every workload of the component that has all the containers which it names.',
      )
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  })
  .describe('A named group of objects.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '!has(self.dependsOn) || !(self.name in self.dependsOn)',
        message: 'a component cannot depend on itself',
        fieldPath: '.dependsOn',
      },
    ],
  });

const teardownSpec = z
  .object({
    timeout: z
      .string()
      .max(32)
      .regex(/^([0-9]+h)?([0-9]+m)?([0-9]+s)?$/)
      .min(2)
      .exactOptional()
      .describe(
        'Maximum time for one object, from its DELETE until it and its Pods are gone, such as 90s, 10m or 1h30m. Default 10m.',
      ),
    onTimeout: z
      .enum(['Stop', 'Continue', 'Force'])
      .exactOptional()
      .describe(
        'What to do if an object is not gone in time. Stop (default): keep waiting, with the blocker in the conditions, and continue when it clears. Continue: go on without the object, which stays behind. Force: delete its Pods with grace period 0, then remove its finalizers; an Event names each. Clean-up may be lost.',
      ),
  })
  .describe('Settings of the teardown.');

const spec = z
  .object({
    namespace: dnsLabel('Namespace of serviceAccountName, and of namespaced objects without a namespace.').exactOptional(),
    serviceAccountName: z
      .string()
      .min(1)
      .max(253)
      .exactOptional()
      .describe(
        'ServiceAccount in spec.namespace that Bookend impersonates. Default: the deployer account of the Bookend installation. The writer of this field needs permission to impersonate it. It may not be one of the objects.',
      ),
    components: z
      .array(component)
      .min(1)
      .max(64)
      .describe('The objects to install, in groups.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
    teardown: teardownSpec.exactOptional(),
  })
  .describe('What is wanted.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'self.components.all(c, !has(c.dependsOn) || c.dependsOn.all(d, self.components.exists(o, o.name == d)))',
        message: 'every dependsOn must name a component of this ClusterOperator',
        fieldPath: '.components',
      },
      {
        rule: '!has(self.serviceAccountName) || has(self.namespace)',
        message: 'serviceAccountName needs spec.namespace, where the account lives',
        fieldPath: '.serviceAccountName',
      },
    ],
  });

const condition = z.object({
  type: z.string().describe('Ready, Reconciling or Stalled, as kstatus reads them.'),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().describe('One word for programs.'),
  message: z.string().describe('A sentence for people.'),
  lastTransitionTime: time('When the status last changed.'),
  observedGeneration: z
    .int()
    .exactOptional()
    .describe('The generation of the spec that this condition describes.')
    .meta({ format: 'int64' }),
});

const inventoryItem = z.object({
  component: z.string().exactOptional(),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().exactOptional(),
  name: z.string(),
  uid: z.string().exactOptional().describe('Absent until the object is created.'),
  nonces: z
    .array(z.string())
    .exactOptional()
    .describe(
      'SHA-256 of the nonces with which Bookend may have created the object. An object without a recorded UID is this one only if its annotation bookend.dev/nonce matches.',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  keep: z
    .boolean()
    .exactOptional()
    .describe('The object stays when the ClusterOperator is deleted, because of an annotation in the spec.'),
});

const orderItem = z.object({
  object: z
    .string()
    .describe('Kind.group/namespace/name; Component.bookend.dev/NAME stands for "everything of that component is gone".'),
  apiVersion: z.string(),
  uid: z.string().exactOptional(),
  component: z.string().exactOptional(),
  mode: z
    .enum(['await', 'keep', 'barrier'])
    .exactOptional()
    .describe('Absent: Bookend deletes it. await: it belongs to somebody else, and Bookend waits for it. keep: it stays.'),
  reason: z.string().exactOptional(),
  after: z
    .array(z.int())
    .exactOptional()
    .describe('Positions in this list, from 0, of the objects that must be gone first.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  servedBy: z
    .array(z.int())
    .exactOptional()
    .describe('Positions of the workloads that serve this custom resource.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  defines: z.string().exactOptional().describe('For a CustomResourceDefinition: apiVersion/Kind of its objects.'),
});

const objectState = z.object({
  object: z.string().describe('Kind.group/namespace/name'),
  state: z.enum(['Waiting', 'Deleting', 'Blocked', 'Gone', 'Kept', 'Passed']),
  since: time('When Bookend sent its DELETE.').exactOptional(),
  blocker: z.string().exactOptional().describe('Why it is not gone yet.'),
});

const teardownStatus = z.object({
  startedAt: time('When the teardown started.'),
  order: z
    .array(orderItem)
    .describe('The order of deletion, written before the first delete and never recomputed.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  objects: z
    .array(objectState)
    .describe('The state of each object. In large teardowns, only objects that are neither Waiting nor Gone.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  failedPreStopHooks: z
    .array(z.object({ pod: z.string(), message: z.string() }))
    .exactOptional()
    .describe('PreStop hooks that failed although the order was right.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  notSeen: z
    .array(z.string())
    .exactOptional()
    .describe('Kinds that the acting account may not list. Bookend does not see children of these kinds.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
});

const status = z
  .object({
    observedGeneration: z
      .int()
      .exactOptional()
      .meta({ format: 'int64' })
      .describe('The generation of the spec that Bookend last processed.'),
    phase: z
      .enum(['Pending', 'Installing', 'Ready', 'Updating', 'Degraded', 'Refused', 'TearingDown', 'Blocked'])
      .exactOptional()
      .describe('One word for people; programs should read the conditions.'),
    progress: z
      .string()
      .exactOptional()
      .describe('Ready objects of all objects; during a teardown, gone objects of all objects.'),
    blocker: z.string().exactOptional().describe('What Bookend waits for, the most important blocker first.'),
    conditions: z
      .array(condition)
      .exactOptional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    inventory: z
      .array(inventoryItem)
      .exactOptional()
      .describe('What was installed from this ClusterOperator.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    actingAs: z.string().exactOptional().describe('The ServiceAccount that Bookend acts as.'),
    teardown: teardownStatus.exactOptional().describe('Present after the teardown started.'),
  })
  .describe('What is. Written by the operator alone.');

/** The whole resource without apiVersion, kind and metadata. */
export const clusterOperatorSchema = z.object({ spec, status: status.exactOptional() });

export type ClusterOperatorSpec = z.infer<typeof spec>;
export type ClusterOperatorStatus = z.infer<typeof status>;
export type TeardownStatus = z.infer<typeof teardownStatus>;
export type InventoryItem = z.infer<typeof inventoryItem>;
export type Condition = z.infer<typeof condition>;
export type ClusterOperator = KubernetesObject & { spec: ClusterOperatorSpec; status?: ClusterOperatorStatus };
