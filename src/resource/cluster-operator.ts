/**
 * The custom resource ClusterOperator, described once: the CustomResourceDefinition, the reference page and the types
 * all come from this schema. Limits on lengths are there for the API server, which must be able to bound the cost of
 * the CEL rules.
 */
import * as z from 'zod';
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

const inventoryGroup = z.object({
  component: z.string().exactOptional(),
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().exactOptional(),
  keep: z
    .boolean()
    .exactOptional()
    .describe('The objects stay when the ClusterOperator is deleted, because of an annotation in the spec.'),
  objects: z
    .array(z.string())
    .exactOptional()
    .describe(
      'NAME/UID of each object. NAME//HASH while Bookend creates it: the SHA-256 of the nonce in its annotation bookend.dev/nonce. An object is this one only if its UID matches, or its nonce.',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  name: z
    .string()
    .exactOptional()
    .describe('Instead of objects: one object in full. In an inventory of fewer than 100 objects each is in this form.'),
  uid: z.string().exactOptional().describe('UID of the object in name. Absent until it is created.'),
  nonces: z
    .array(z.string())
    .exactOptional()
    .describe('SHA-256 of the nonces with which Bookend may have created the object in name.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
});

const positions = (description: string) =>
  z.array(z.int()).exactOptional().describe(description).meta({ 'x-kubernetes-list-type': 'atomic' });

const otherStep = z.object({
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
  servedBy: positions('Positions in the order of the workloads that serve this custom resource.'),
  defines: z.string().exactOptional().describe('For a CustomResourceDefinition: apiVersion/Kind of its objects.'),
});

/** As every version of Bookend reads it. */
const stepInFull = otherStep.extend({
  after: positions('Positions in this list of the objects that must be gone first.'),
  between: z
    .array(z.string())
    .exactOptional()
    .describe('UIDs of what stands between the object and its Pods, such as ReplicaSets. They may be gone before the Pods are.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
});

const objectState = z.object({
  object: z.string().describe('Kind.group/namespace/name'),
  state: z.enum(['Waiting', 'Deleting', 'Blocked', 'Gone', 'Kept', 'Passed']),
  since: time('When Bookend sent its DELETE.').exactOptional(),
  blocker: z.string().exactOptional().describe('Why it is not gone yet.'),
  reason: z.string().exactOptional().describe('The reason of the blocker, as a constant.'),
  waitsFor: z.string().exactOptional().describe('The object that holds it up, if it is another one: Kind.group/namespace/name'),
});

const teardownStatus = z.object({
  startedAt: time('When the teardown started.'),
  steps: z
    .array(z.string())
    .exactOptional()
    .describe(
      'The order of deletion, written before the first delete and never recomputed: of 100 objects or more. 7: the object at position 7 of the inventory, counted from 0 through all groups. 0-99: a hundred such objects. +2: the step at position 2 of others. 7<0-3,9: only after the objects at positions 0 to 3 and 9 of this order are gone. In words: bookend status NAME.',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  others: z
    .array(otherStep)
    .exactOptional()
    .describe('Steps that are not simply the deletion of an object of the inventory.')
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  between: z
    .array(z.string())
    .exactOptional()
    .describe(
      '12:UID,UID: what stands between the object at position 12 of the order and its Pods, such as ReplicaSets. They may be gone before the Pods are.',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  gone: z.string().exactOptional().describe('Positions in the order of the objects that are gone, such as 0-99,105.'),
  objects: z
    .array(objectState)
    .describe(
      'The objects that somebody may have to look at, at most 100. An object that is neither here nor in gone waits for others, or for its DELETE to be sent.',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  order: z
    .array(stepInFull)
    .exactOptional()
    .describe('The order of deletion of fewer than 100 objects, in full instead of steps.')
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
      .array(inventoryGroup)
      .exactOptional()
      .describe('What was installed from this ClusterOperator, in groups.')
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
export type Condition = z.infer<typeof condition>;
export type ClusterOperator = KubernetesObject & { spec: ClusterOperatorSpec; status?: ClusterOperatorStatus };
