/** What decides about a node: how Pods get there, and what runs them. */
import { isTrue } from '../objects/conditions.ts';
import { fieldAt, isMap, listOf, textOf } from '../objects/fields.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { type Taint, taintsOf } from '../objects/scheduling.ts';

export type NodeFacts = {
  name: string;
  labels: Readonly<Record<string, string>>;
  taints: readonly Taint[];
  /** Of `status.nodeInfo`, empty where the kubelet has not told: `containerd://2.2.0`. */
  runtime: string;
  kubelet: string;
  os: string;
  arch: string;
  /** Name and version of the distribution, whose settings and packages the runtime has. */
  osImage: string;
  /** Whether a Pod that is made now would be started: the kubelet answers. */
  ready: boolean;
  /** `spec.unschedulable`: a cordoned node takes no new Pods at present. */
  cordoned: boolean;
};

export function factsOf(node: KubernetesObject): NodeFacts {
  const known = computed.get(node);
  if (known) return known;
  const info = (field: string) => textOf(fieldAt(node, 'status', 'nodeInfo', field)) ?? '';
  const labels = node.metadata.labels ?? {};
  const facts: NodeFacts = {
    name: node.metadata.name,
    labels,
    taints: taintsOf(node.spec),
    runtime: info('containerRuntimeVersion'),
    kubelet: info('kubeletVersion'),
    os: info('operatingSystem') || (labels['kubernetes.io/os'] ?? ''),
    arch: info('architecture'),
    osImage: info('osImage'),
    ready: isTrue(node, 'Ready'),
    cordoned: fieldAt(node, 'spec', 'unschedulable') === true,
  };
  computed.set(node, facts);
  return facts;
}

/** Objects from a watch are never changed in place, and asked about with every Pod. */
const computed = new WeakMap<KubernetesObject, NodeFacts>();

/** Keeps of a Node what is read here: its lists of images and volumes are long, and a cluster may have thousands. */
export function pruneNode(node: KubernetesObject): KubernetesObject {
  const { apiVersion, kind, metadata } = node;
  const { name, uid, resourceVersion, labels } = metadata;
  const conditions = listOf(fieldAt(node, 'status', 'conditions'))
    .filter(isMap)
    .filter(({ type }) => type === 'Ready')
    .map(({ type, status }) => ({ type, status }));
  return {
    apiVersion,
    kind,
    metadata: { name, ...(uid && { uid }), ...(resourceVersion && { resourceVersion }), ...(labels && { labels }) },
    spec: { taints: fieldAt(node, 'spec', 'taints'), unschedulable: fieldAt(node, 'spec', 'unschedulable') },
    status: { nodeInfo: fieldAt(node, 'status', 'nodeInfo'), conditions },
  };
}
