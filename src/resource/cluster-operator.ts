/**
 * The custom resource ClusterOperator, described once: the CustomResourceDefinition, the reference page and the types all come from this schema.
 * Limits on lengths are there for the API server, which must be able to bound the cost of the CEL rules.
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
        'Names of components that this one needs while it lives: they are installed and ready before it, and removed after it. Not needed where the objects themselves show it (a Pod template that names a ServiceAccount, for example).',
      )
      .meta({ 'x-kubernetes-list-type': 'set' }),
    objects: z
      .array(
        z
          .object({ apiVersion: z.string().min(1), kind: z.string().min(1) })
          .meta({ 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true }),
      )
      .min(1)
      .describe(
        'The objects, as they would be given to kubectl apply. Namespaced ones that name no namespace get spec.namespace.',
      )
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
        'How long one object may take from its deletion until it and its Pods are gone, such as 90s, 10m or 1h30m. Default 10m.',
      ),
    onTimeout: z
      .enum(['Stop', 'Continue', 'Force'])
      .exactOptional()
      .describe(
        'What happens to an object that is not gone in time. Stop (default): wait on, with the reason in the conditions, and go on as soon as it clears. Continue: go on without it; it stays behind. Force: delete its Pods with grace 0, then remove its finalizers, each named in an event.',
      ),
  })
  .describe('How the end may go.');

const spec = z
  .object({
    namespace: dnsLabel('Namespace for namespaced objects that name none, and of serviceAccountName.').exactOptional(),
    serviceAccountName: z
      .string()
      .min(1)
      .max(253)
      .exactOptional()
      .describe(
        'Account of spec.namespace that everything is done as (by impersonation). Absent: the deployer account that Bookend was installed with. Whoever writes this must have the right to impersonate it. It may not be part of the objects.',
      ),
    components: z
      .array(component)
      .min(1)
      .max(64)
      .describe('What is installed, in groups.')
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
    .describe('The generation of the spec that this is about.')
    .meta({ format: 'int64' }),
});

const inventoryItem = z.object({
  component: z.string().exactOptional(),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().exactOptional(),
  name: z.string(),
  uid: z.string().exactOptional().describe('Absent between the intention to create the object and its creation.'),
  nonces: z
    .array(z.string())
    .exactOptional()
    .describe(
      'SHA-256 of the nonces with which the object may have been created. An object without a recorded UID is this one only if its annotation bookend.dev/nonce has one of them.',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  keep: z.boolean().exactOptional().describe('Its annotations in the spec say that it stays when the ClusterOperator goes.'),
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
    .describe('Absent: it is deleted. await: it belongs to somebody else and is waited for. keep: it stays.'),
  reason: z.string().exactOptional(),
  after: z
    .array(z.int())
    .exactOptional()
    .describe('Positions in this list, counted from 0, of what must be gone before.')
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
  since: time('When its deletion was asked for.').exactOptional(),
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
    .describe('How far each object is. In large teardowns only those that are not waiting and not gone.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  failedPreStopHooks: z
    .array(z.object({ pod: z.string(), message: z.string() }))
    .exactOptional()
    .describe('PreStop hooks that failed in spite of the order.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  notSeen: z
    .array(z.string())
    .exactOptional()
    .describe('What the acting account may not list: children of these kinds would go unnoticed.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
});

const status = z
  .object({
    observedGeneration: z
      .int()
      .exactOptional()
      .meta({ format: 'int64' })
      .describe('The generation of the spec that was last worked on.'),
    phase: z
      .enum(['Pending', 'Installing', 'Ready', 'Updating', 'Degraded', 'Refused', 'TearingDown', 'Blocked'])
      .exactOptional()
      .describe('One word for people; programs should read the conditions.'),
    progress: z.string().exactOptional().describe('Objects ready of all while installing; objects gone of all during teardown.'),
    blocker: z.string().exactOptional().describe('What is being waited for, the most telling first.'),
    conditions: z
      .array(condition)
      .exactOptional()
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
    inventory: z
      .array(inventoryItem)
      .exactOptional()
      .describe('What was installed from this ClusterOperator.')
      .meta({ 'x-kubernetes-list-type': 'atomic' }),
    actingAs: z.string().exactOptional().describe('The account that everything is done as.'),
    teardown: teardownStatus.exactOptional().describe('Present once the teardown has started.'),
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
