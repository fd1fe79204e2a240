/**
 * Pools: groups of nodes that are alike in what decides about image volumes, so that one node speaks for all of its
 * pool.
 */
import type { NodeFacts } from './node.ts';

export type Pool = {
  /** Stands for what the nodes are; valid as a label value and as a key of a ConfigMap. */
  key: string;
  /** For people: `containerd 2.2.0, kubelet v1.37.2, linux/amd64, Debian GNU/Linux 13`. */
  description: string;
  /** By name. */
  nodes: readonly NodeFacts[];
};

/** By key. */
export function poolsOf(nodes: readonly NodeFacts[]): Pool[] {
  const groups = Map.groupBy(nodes, poolKey);
  return [...groups]
    .map(([key, members]) => ({
      key,
      description: describePool(members[0] as NodeFacts),
      nodes: members.toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    }))
    .toSorted((one, other) => (one.key < other.key ? -1 : 1));
}

/** `containerd-2.2.0.v1.37.2.linux-amd64.0k3j9xq`: readable, and a checksum of what does not fit. */
export function poolKey(node: NodeFacts): string {
  return namesOf(node).key;
}

export function describePool(node: NodeFacts): string {
  return namesOf(node).description;
}

/** Asked of every node with every Pod. */
const computed = new WeakMap<NodeFacts, { key: string; description: string }>();

function namesOf(node: NodeFacts): { key: string; description: string } {
  const known = computed.get(node);
  if (known) return known;
  const { runtime, kubelet, os, arch, osImage } = node;
  const parts = [runtime.replace('://', ' '), kubelet && `kubelet ${kubelet}`, `${os}/${arch}`, osImage];
  const description = parts.filter(Boolean).join(', ');
  const readable = [runtime, kubelet, `${os}-${arch}`]
    .map((part) => part.replaceAll(/[^A-Za-z0-9.]+/g, '-').replaceAll(/^[-.]+|[-.]+$/g, ''))
    .filter(Boolean)
    .join('.');
  const key = `${readable.slice(0, longestKey - 8).replace(/[-.]+$/, '') || 'node'}.${checksum(description)}`;
  const names = { key, description };
  computed.set(node, names);
  return names;
}

/** Of a label value. */
const longestKey = 63;

/**
 * FNV-1a over UTF-16 code units: tells names apart, and is no secret. What is stored of a pool holds its description
 * too, which has the last word.
 */
function checksum(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36).padStart(7, '0');
}
