/**
 * The teardowns that are tried at every crash point: one for each shape of workload that goes wrong without an order.
 */
import type { SimulatedCluster } from '../../cluster/simulated/index.ts';
import { idOf, type ObjectId, refOf } from '../../objects/identity.ts';
import { dependsOnAnnotation, keepAnnotation } from '../../objects/names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podKind, revisionKind } from '../kinds.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  job,
  namespace,
  pod,
  secret,
  space,
  widget,
  widgetDefinition,
  workload,
} from './samples.ts';
import type { Scenario } from './teardown-run.ts';
import { startWidgetController } from './widget-controller.ts';

const nodes = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }];

/** Account, role and binding of one name. */
const access = (name: string, rules = nodes) => [account(name), clusterRole(name, rules), clusterRoleBinding(name)];

const agent = (name = 'agent') =>
  workload('DaemonSet', name, { account: name, preStopMs: 400, needs: 'patch nodes', configMaps: [name] });

const agentOrder: Scenario['order'] = [
  ['Pod/agents/agent-', 'ServiceAccount/agents/agent'],
  ['Pod/agents/agent-', 'ClusterRole.rbac.authorization.k8s.io/agent'],
  ['Pod/agents/agent-', 'ClusterRoleBinding.rbac.authorization.k8s.io/agent'],
  ['Pod/agents/agent-', 'ConfigMap/agents/agent'],
];

const nodeAgent: Scenario = {
  name: 'an agent DaemonSet whose preStop hook needs its rights',
  foreign: [namespace()],
  objects: [...access('agent'), configMap('agent'), agent()],
  order: agentOrder,
};

const layer = (index: number): KubernetesObject[] => {
  const name = `layer-${index}`;
  return [...access(name), workload('Deployment', name, { account: name, preStopMs: 200, needs: 'patch nodes', replicas: 1 })];
};
const layers = [1, 2, 3, 4, 5];

const chain: Scenario = {
  name: 'a chain of five layers, each needing the next',
  foreign: [namespace()],
  objects: layers.flatMap(layer),
  components: layers.map((index) => ({
    name: `layer-${index}`,
    dependsOn: index < layers.length ? [`layer-${index + 1}`] : [],
    objects: layer(index).map(idOf),
  })),
  clusterOperator: 'chain',
  order: layers.slice(1).flatMap((index) => [
    [`Pod/agents/layer-${index - 1}-`, `Deployment.apps/agents/layer-${index}`],
    [`ClusterRole.rbac.authorization.k8s.io/layer-${index - 1}`, `Deployment.apps/agents/layer-${index}`],
  ]),
};

const operatorRights = [
  { apiGroups: ['example.dev'], resources: ['widgets'], verbs: ['get', 'list', 'watch', 'update', 'patch'] },
  { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'create'] },
];

/** Failures of the last started controller. */
let controllerFailures: string[] = [];
const startController = (simulated: SimulatedCluster) => {
  controllerFailures = startWidgetController(simulated, 'operator');
};

const customResources: Scenario = {
  name: 'custom resources with a finalizer that their operator serves, and what it made of them',
  foreign: [namespace()],
  objects: [
    ...access('agent'),
    ...access('operator', operatorRights),
    widgetDefinition(),
    workload('Deployment', 'operator', { account: 'operator' }),
  ],
  beside: async (simulated) => {
    startController(simulated);
    for (const name of ['one', 'two']) await simulated.cluster.create(widget(name));
  },
  finally: () => controllerFailures,
  order: [
    ['Widget.example.dev/', 'Deployment.apps/agents/operator'],
    ['Widget.example.dev/', 'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.dev'],
    ['DaemonSet.apps/agents/', 'Deployment.apps/agents/operator'],
    ['Pod/agents/one-agent-', 'ServiceAccount/agents/agent'],
    ['Pod/agents/two-agent-', 'ClusterRole.rbac.authorization.k8s.io/agent'],
    ['Pod/agents/operator-', 'ClusterRole.rbac.authorization.k8s.io/operator'],
  ],
};

/**
 * What a person does who finds Pods and revisions without an owner: Bookend deletes those only that it has seen with
 * theirs.
 */
const byHand = async (simulated: SimulatedCluster, app: string) => {
  const { cluster } = simulated;
  for (const kind of [podKind, revisionKind, { apiVersion: 'apps/v1', kind: 'ReplicaSet' }]) {
    const { items } = await cluster.list({ ...kind, namespace: space, labelSelector: `app=${app}` });
    const left = items.filter(({ metadata }) => !metadata.ownerReferences && !metadata.name.endsWith('-squatter'));
    for (const object of left) await cluster.delete(refOf(object));
  }
};

const orphaned: Scenario = {
  name: 'a DaemonSet that somebody deletes with --cascade=orphan at the same moment, and whose Pods a person deletes later',
  foreign: [namespace()],
  objects: [...access('agent'), configMap('agent'), agent()],
  during: async (simulated) => {
    await simulated.cluster.delete(
      { apiVersion: 'apps/v1', kind: 'DaemonSet', namespace: 'agents', name: 'agent' },
      { propagation: 'Orphan' },
    );
    simulated.clock.after(4_000, () => void byHand(simulated, 'agent'));
  },
  order: agentOrder,
  untilEnded: true,
  // Its Pod and its ControllerRevision, where they were seen with their owner.
  moreWrites: 2,
};

const front = workload(
  'DaemonSet',
  'front',
  { preStopMs: 800 },
  { annotations: { [dependsOnAnnotation]: 'Deployment.apps/agent' } },
);

const orphanedBeforeItsTurn: Scenario = {
  name: 'a Deployment that somebody deletes with --cascade=orphan before its turn has come',
  foreign: [namespace()],
  objects: [...access('agent'), configMap('agent'), { ...agent(), kind: 'Deployment' }, front],
  during: (simulated) => {
    const { cluster, clock } = simulated;
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'agents', name: 'agent' };
    clock.after(300, () => void cluster.delete(ref, { propagation: 'Orphan' }));
    clock.after(4_000, () => void byHand(simulated, 'agent'));
  },
  untilEnded: true,
  order: [...agentOrder, ['Pod/agents/front', 'Pod/agents/agent-']],
  deletedByOthers: ['Deployment.apps/agents/agent'],
};

const kept: Scenario = {
  name: 'a policy that keeps a claim, and what it needs',
  foreign: [namespace()],
  objects: [...access('agent'), configMap('agent'), secret('precious', { annotations: { [keepAnnotation]: 'true' } }), agent()],
  order: agentOrder,
  stays: ['Secret/agents/precious'],
};

const foreignPod: Scenario = {
  name: "somebody else's Pod that uses our account, and ends after a while",
  foreign: [namespace()],
  objects: [...access('agent'), configMap('agent'), agent()],
  beside: async ({ cluster }) => {
    await cluster.create(pod('visitor', { account: 'agent', preStopMs: 300, needs: 'patch nodes' }));
  },
  during: ({ cluster, clock }) => {
    clock.after(2_500, () => void cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'agents', name: 'visitor' }));
  },
  untilEnded: true,
  order: [
    ...agentOrder,
    ['Pod/agents/visitor', 'ServiceAccount/agents/agent'],
    ['Pod/agents/visitor', 'ClusterRoleBinding.rbac.authorization.k8s.io/agent'],
  ],
};

const other = [...access('other'), workload('Deployment', 'other', { account: 'other' })];

const componentRemoved: Scenario = {
  name: 'one component that left the spec, while the others live on',
  foreign: [namespace(), ...other],
  objects: [...access('agent'), configMap('agent'), agent()],
  components: [{ name: 'agent', dependsOn: [], objects: [...access('agent'), configMap('agent'), agent()].map(idOf) }],
  clusterOperator: 'node-agent',
  order: agentOrder,
};

const everyWorkload: Scenario = {
  name: 'every kind of workload, ended Pods and the Namespace itself',
  objects: [
    namespace(),
    ...access('agent'),
    configMap('agent'),
    workload('StatefulSet', 'set', { account: 'agent', preStopMs: 200, needs: 'patch nodes' }),
    workload('ReplicaSet', 'replicas', { account: 'agent', preStopMs: 200, needs: 'patch nodes' }),
    job('done', { account: 'agent' }),
    pod('single', { account: 'agent', preStopMs: 200, needs: 'patch nodes', configMaps: ['agent'] }),
  ],
  order: ['set-', 'replicas-', 'single'].flatMap((prefix) => [
    [`Pod/agents/${prefix}`, 'ServiceAccount/agents/agent'],
    [`Pod/agents/${prefix}`, 'ClusterRole.rbac.authorization.k8s.io/agent'],
    [`Pod/agents/${prefix}`, 'Namespace/agents'],
  ]),
};

/** Neither an account nor a volume of the Pods tells what they need: only the plan does, and whose they are. */
const unproven: Scenario = {
  name: 'a Deployment that only its component connects with what it needs',
  foreign: [namespace()],
  objects: [configMap('needed'), workload('Deployment', 'web', { preStopMs: 400 })],
  components: [
    { name: 'web', dependsOn: ['data'], objects: ['Deployment.apps/agents/web' as ObjectId] },
    { name: 'data', dependsOn: [], objects: ['ConfigMap/agents/needed' as ObjectId] },
  ],
  clusterOperator: 'web',
  order: [['Pod/agents/web-', 'ConfigMap/agents/needed']],
};

const inhabited: Scenario = {
  name: 'a Namespace of ours in which others have something',
  objects: [namespace(), ...access('agent'), configMap('agent'), agent()],
  order: agentOrder,
  stays: ['Namespace/agents'],
};

export const scenarios: Scenario[] = [
  nodeAgent,
  chain,
  customResources,
  orphaned,
  orphanedBeforeItsTurn,
  kept,
  foreignPod,
  componentRemoved,
  everyWorkload,
  inhabited,
  unproven,
];
