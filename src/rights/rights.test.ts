/**
 * That the printed rights are enough and no more: an account that has exactly these goes through every life without
 * being refused anything, and without any single one of them it is refused something.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { builtInKinds } from '../cluster/simulated/api/built-in-kinds.ts';
import { keepAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../resource/cluster-operator.ts';
import { isWorkload } from '../teardown/kinds.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  job,
  make,
  makeGlobal,
  namespace,
  pod,
  secret,
  widget,
  widgetDefinition,
  workload,
} from '../teardown/testing/samples.ts';
import { manifestsOf, type RightsSet } from './manifests.ts';
import { rightsOfClusterOperator } from './of-cluster-operator.ts';
import { type Life, type LifeOptions, live, troublesOf, wantedOf } from './rehearse.ts';
import type { Reason, Right } from './right.ts';
import type { Child } from './supposed.ts';

const actor = { namespace: 'agents', name: 'deployer' };
const plain = { given: [], kinds: [], instancesIn: ['agents'] };

function operator(objects: KubernetesObject[], teardown?: ClusterOperator['spec']['teardown']): ClusterOperator {
  return {
    ...clusterOperatorKind,
    metadata: { name: 'sample' },
    spec: {
      namespace: 'agents',
      serviceAccountName: actor.name,
      components: [{ name: 'all', objects }],
      ...(teardown && { teardown }),
    },
  };
}

const agentRules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }];
const agent = () => [
  account('agent'),
  clusterRole('agent', agentRules),
  clusterRoleBinding('agent'),
  configMap('settings'),
  workload('DaemonSet', 'agent', { account: 'agent', configMaps: ['settings'], preStopMs: 500 }),
];
const viewer = make('rbac.authorization.k8s.io/v1', 'RoleBinding', 'viewer', {
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
  subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'agents' }],
});
const collector = makeGlobal('rbac.authorization.k8s.io/v1', 'ClusterRole', 'collector', {
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { collect: 'yes' } }] },
});

/** Of large sets only each so many-th right is taken away: a life for each costs a second. */
const samples: { name: string; resource: ClusterOperator; every?: number }[] = [
  { name: 'a DaemonSet with its account, rights and settings', resource: operator(agent()) },
  { name: 'a CustomResourceDefinition and a custom resource', resource: operator([widgetDefinition(), widget('one')]) },
  {
    name: 'a Namespace with something in it',
    resource: operator([namespace('extra'), secret('inside', { namespace: 'extra' })]),
  },
  {
    name: 'a binding of a role of others, and an aggregated ClusterRole',
    resource: operator([account('agent'), viewer, collector]),
  },
  {
    name: 'all that makes Pods, with Force',
    every: 4,
    resource: operator([workload('Deployment', 'web'), workload('StatefulSet', 'db'), job('migrate')], { onTimeout: 'Force' }),
  },
  {
    name: 'a custom resource, with Force',
    every: 10,
    resource: operator([widgetDefinition(), widget('one')], { onTimeout: 'Force' }),
  },
  {
    name: 'what is kept',
    resource: operator([configMap('kept', { annotations: { [keepAnnotation]: 'true' } }), configMap('gone')]),
  },
  { name: 'many of one kind', resource: operator(Array.from({ length: 9 }, (_, index) => configMap(`settings-${index}`))) },
];

type Options = Pick<LifeOptions, 'untilRefused' | 'childKind'>;

async function* livesWith(
  resource: ClusterOperator,
  set: RightsSet,
  options: Options = {},
  troubles = troublesOf(resource),
): AsyncGenerator<Life> {
  const wanted = await wantedOf(resource, actor, plain);
  const rights = manifestsOf(set).filter(({ kind }) => kind !== 'ServiceAccount');
  for (const trouble of troubles) yield await live(resource, actor, { ...plain, wanted, trouble, rights, ...options });
}

const aboutChildren = new Set<Reason>(['pods-and-children', 'children-of-custom-resources', 'forced']);

/** What the controllers of workloads read. */
function childOf({ apiVersion, kind }: { apiVersion: string; kind: string }): Child {
  const { spec } = kind === 'Pod' ? pod('child') : workload('Deployment', 'child');
  const jobTemplate = { spec: job('child').spec };
  const specs: Record<string, unknown> = { Job: job('child').spec, CronJob: { schedule: '0 0 1 1 *', jobTemplate } };
  const isRead = isWorkload({ apiVersion, kind }) || kind === 'ReplicationController';
  return { apiVersion, kind, ...(isRead && { spec: specs[kind] ?? spec }) };
}

/** With a child of the very kind that the right is about, where it is about children. */
async function isRefusedWithout(right: Right, resource: ClusterOperator, set: RightsSet): Promise<boolean> {
  const rights = set.rights.filter((each) => each !== right);
  const kind = builtInKinds.find(({ group, resource: plural }) => group === right.group && plural === right.resource);
  const options = { untilRefused: true, ...(kind && aboutChildren.has(right.why) && { childKind: childOf(kind) }) };
  // What is only forced is missed in the last life of all.
  const troubles = right.why === 'forced' ? troublesOf(resource).reverse() : troublesOf(resource);
  for await (const { refused } of livesWith(resource, { ...set, rights }, options, troubles)) if (refused.length > 0) return true;
  return false;
}

/** Rights that an earlier sample has shown to be needed, by what they are: one proof is enough. */
const proven = new Set<string>();

describe('the rights of a ClusterOperator', () => {
  for (const { name, resource, every = 1 } of samples) {
    test(`are enough: ${name}`, async () => {
      const set = await rightsOfClusterOperator(resource, { account: actor, isInstalled: false }, plain);
      assert.deepEqual(set.notes, []);
      for await (const { refused, unfinished } of livesWith(resource, set)) {
        assert.deepEqual(refused, []);
        assert.deepEqual(unfinished, []);
      }
    });

    test(`are no more: ${name}`, async () => {
      const set = await rightsOfClusterOperator(resource, { account: actor, isInstalled: false }, plain);
      const spare: Right[] = [];
      for (const right of set.rights.filter((_, index) => index % every === 0)) {
        const what = JSON.stringify([right.verb, right.group, right.resource, right.why]);
        if (proven.has(what)) continue;
        if (await isRefusedWithout(right, resource, set)) proven.add(what);
        else spare.push(right);
      }
      assert.deepEqual(spare, []);
    });
  }
});
