/** Nodes for tests. */
import type { KubernetesObject } from '../../objects/object.ts';
import { factsOf, type NodeFacts } from '../node.ts';

export type NodeOptions = {
  runtime?: string;
  kubelet?: string;
  os?: string;
  labels?: Record<string, string>;
  taints?: object[];
  ready?: boolean;
  cordoned?: boolean;
};

/** One that can do everything, unless told otherwise. */
export function node(name: string, options: NodeOptions = {}): KubernetesObject {
  const { runtime = 'containerd://2.2.0', kubelet = 'v1.37.2', os = 'linux', ready = true, cordoned = false } = options;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/os': os, 'kubernetes.io/hostname': name, ...options.labels } },
    spec: { ...(options.taints && { taints: options.taints }), ...(cordoned && { unschedulable: true }) },
    status: {
      nodeInfo: {
        containerRuntimeVersion: runtime,
        kubeletVersion: kubelet,
        operatingSystem: os,
        architecture: 'amd64',
        osImage: 'Some Linux',
      },
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }],
    },
  };
}

export function facts(name: string, options?: NodeOptions): NodeFacts {
  return factsOf(node(name, options));
}
