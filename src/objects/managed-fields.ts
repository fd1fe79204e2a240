/**
 * Reads `metadata.managedFields`: which program wrote which fields, as the API server records it. A manager is a word
 * that a program chose for itself, by default the name of its binary (client-go `DefaultKubernetesUserAgent`).
 *
 * The record names fields, not values. Lists that are replaced as a whole (`listType=atomic`, such as `spec.taints` of
 * a Node) are one field. Whoever may update an object may rewrite the record.
 */
import { fieldAt, isMap, listOf, textOf } from './fields.ts';
import type { ObjectMeta } from './object.ts';

export type ManagedEntry = {
  manager: string;
  subresource?: string;
  /** When it last changed what it owns. */
  time?: string;
  /** `fieldsV1`, as the API server sends it. */
  fields: unknown;
};

export function managedEntriesOf({ managedFields }: ObjectMeta): ManagedEntry[] {
  return listOf(managedFields).flatMap((entry) => {
    const manager = textOf(fieldAt(entry, 'manager'));
    if (manager === undefined || !isMap(entry)) return [];
    const subresource = textOf(entry.subresource);
    const time = textOf(entry.time);
    return [{ manager, ...(subresource && { subresource }), ...(time && { time }), fields: entry.fieldsV1 }];
  });
}

/** The only one that wrote the object; what somebody writes into its status or its scale does not count. */
export function onlyWriterOf(metadata: ObjectMeta): string | undefined {
  const names = new Set(
    managedEntriesOf(metadata).flatMap(({ manager, subresource }) => (subresource === undefined ? manager : [])),
  );
  return names.size === 1 ? [...names][0] : undefined;
}

/** The same, unless it is a tool of people or a part of Kubernetes: these write for others. */
export function onlyProgramOf(metadata: ObjectMeta): string | undefined {
  const only = onlyWriterOf(metadata);
  return only === undefined || isToolOfPeople(only) || isManagerOfKubernetes(only) ? undefined : only;
}

/** True for tools that people and pipelines write with, and for names that stand for any program. */
export function isToolOfPeople(manager: string): boolean {
  return tools.test(manager) || isNameless(manager);
}

/** True for what a library or the API server puts where a program gave no name. */
export function isNameless(manager: string): boolean {
  return nameless.test(manager);
}

const tools = /^(kubectl|helm|Helm|argocd-controller|kustomize-controller|helm-controller|before-first-apply)/;
const nameless = /^(Go-http-client|unknown|curl|node-fetch|Mozilla)/;

/** True for what belongs to Kubernetes itself. */
export function isManagerOfKubernetes(manager: string): boolean {
  return ownManagers.has(manager);
}

const ownManagers = new Set([
  'kube-controller-manager',
  'kube-apiserver',
  'kube-scheduler',
  'kubelet',
  'cloud-controller-manager',
]);

/**
 * The paths of the fields: `metadata.labels[example.com/ready]`, `metadata.finalizers[example.com/cleanup]`,
 * `spec.taints`, `webhooks[name=a].clientConfig.caBundle`.
 *
 * @param most at most this many: the writer of an object decides how many fields it has
 */
export function pathsOfFields(fields: unknown, most: number): string[] {
  const found: string[] = [];
  collect(fields, '', found, most, 0);
  return found;
}

/** Fields of objects are never nested deeper than this in what anybody asks about. */
const deepest = 24;

function collect(fields: unknown, path: string, found: string[], most: number, depth: number): void {
  if (!isMap(fields) || depth > deepest || found.length >= most) return;
  const keys = Object.keys(fields).filter((key) => key !== '.');
  if (keys.length === 0 && path !== '') found.push(path);
  for (const key of keys) {
    if (found.length >= most) return;
    collect(fields[key], joined(path, key), found, most, depth + 1);
  }
}

/** `f:` a field or the key of a map, `v:` an entry of a set, `k:` an item of a list by its keys, `i:` by its place. */
function joined(path: string, key: string): string {
  const name = key.slice(2);
  if (key.startsWith('f:')) return /^[A-Za-z_$][\w$-]*$/.test(name) ? `${path}${path && '.'}${name}` : `${path}[${name}]`;
  if (key.startsWith('v:')) return `${path}[${plainly(name)}]`;
  if (key.startsWith('k:')) return `${path}[${keysOf(name)}]`;
  return `${path}[${name}]`;
}

function plainly(json: string): string {
  const value = parsed(json);
  return typeof value === 'string' ? value : json;
}

function keysOf(json: string): string {
  const value = parsed(json);
  return isMap(value)
    ? Object.entries(value)
        .map(([key, each]) => `${key}=${String(each)}`)
        .join(',')
    : json;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
