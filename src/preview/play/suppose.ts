/**
 * What must be there for a chart or files to be installed: namespaces, nodes that take the Pods, and what Pods refer to
 * and the files do not bring. It is taken to exist, and said where a person might not think of it.
 */
import { hookAnnotation } from '../../knowledge/hooks.ts';
import { podReferences } from '../../knowledge/pod-references.ts';
import { fieldAt, listOf, mapOf, textMapOf, textOf } from '../../objects/fields.ts';
import { describeRef, idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { podTemplateOf } from '../../objects/pod-template.ts';

/** Objects that nobody has seen, and why they are taken to be there, for people. */
export type Supposed = { objects: KubernetesObject[]; inWords: string[] };

/** @param given everything that is known: of the subject, hooks too, and around it. */
export function supposeInstalled(given: readonly KubernetesObject[], namespace: string): Supposed {
  const known = new Set(given.map(idOf));
  const objects: KubernetesObject[] = [];
  const inWords: string[] = [];
  const add = (object: KubernetesObject, why?: string) => {
    const id = idOf(object);
    if (known.has(id)) return;
    known.add(id);
    objects.push(object);
    if (why !== undefined) inWords.push(`${describeRef({ kind: object.kind, ...object.metadata })} exists: ${why}`);
  };
  const namespaces = [namespace, ...given.flatMap(({ metadata }) => metadata.namespace ?? [])];
  for (const name of new Set(namespaces)) add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const object of given) {
    const template = podTemplateOf(object);
    if (template === undefined) continue;
    const home = object.metadata.namespace ?? namespace;
    const needed = referredTo(template.spec, template.serviceAccount, home, object).filter((each) => !known.has(idOf(each)));
    for (const [each, why] of needed.flatMap((one) => withGrant(one, object))) add(each, why);
    for (const node of nodesFor(template.spec, given))
      add(node, `${describeRef({ kind: object.kind, ...object.metadata })} asks for such a node`);
  }
  return { objects, inWords };
}

/**
 * Who makes the account of a hook gives it its permissions too. Without any, the play would show a refusal that nobody
 * has reason to expect.
 */
function withGrant(needed: KubernetesObject, user: KubernetesObject): (readonly [object: KubernetesObject, why?: string])[] {
  const why = `${describeRef({ kind: user.kind, ...user.metadata })} refers to it`;
  if (needed.kind !== 'ServiceAccount' || user.metadata.annotations?.[hookAnnotation] === undefined) return [[needed, why]];
  const { namespace = '', name } = needed.metadata;
  const group = 'rbac.authorization.k8s.io';
  const grant = {
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: `supposed:${namespace}:${name}` },
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', namespace, name }],
  };
  return [[needed, `${why}; it is taken to have the permissions that the hook needs`], [grant]];
}

/** Without these a Pod is refused or does not start. */
function referredTo(
  spec: Record<string, unknown>,
  account: string,
  namespace: string,
  workload: KubernetesObject,
): KubernetesObject[] {
  const templates = listOf(fieldAt(workload.spec, 'volumeClaimTemplates')).map((claim) => fieldAt(claim, 'metadata', 'name'));
  const named = podReferences(spec).filter(
    ({ kind, name, isOptional }) => !isOptional && !(kind === 'PersistentVolumeClaim' && templates.includes(name)),
  );
  const priority = textOf(spec.priorityClassName);
  const runtime = textOf(spec.runtimeClassName);
  return [
    ...(account === 'default' ? [] : [object('ServiceAccount', account)]),
    ...named.map(({ kind, name }) => object(kind, name)),
    ...(priority === undefined || priority.startsWith('system-')
      ? []
      : [{ apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: priority }, value: 0 }]),
    ...(runtime === undefined
      ? []
      : [{ apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: runtime }, handler: runtime }]),
  ];

  function object(kind: string, name: string): KubernetesObject {
    return { apiVersion: 'v1', kind, metadata: { name, namespace }, ...(kind === 'PersistentVolumeClaim' && { spec: {} }) };
  }
}

/** A node with the labels that the Pod asks for; none where every node has them. */
function nodesFor(spec: Record<string, unknown>, given: readonly KubernetesObject[]): KubernetesObject[] {
  const wanted = { ...requiredByAffinity(spec), ...textMapOf(spec.nodeSelector) };
  const unusual = Object.entries(wanted).filter(([key, value]) => usualLabels[key] !== value);
  if (unusual.length === 0) return [];
  const has = (node: KubernetesObject) => Object.entries(wanted).every(([key, value]) => node.metadata.labels?.[key] === value);
  if (given.some((object) => object.kind === 'Node' && has(object))) return [];
  const text = unusual.map(([key, value]) => `${key.split('/').at(-1)}-${value}`).join('-');
  const name = `node-${text.toLowerCase().replaceAll(/[^a-z0-9-]/g, '')}`.slice(0, 60).replace(/-+$/, '');
  return [nodeNamed(name, wanted)];
}

/** The first term's labels: `In` its first value, `Exists` an empty one. */
function requiredByAffinity(spec: Record<string, unknown>): Record<string, string> {
  const required = fieldAt(spec.affinity, 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  const labels: Record<string, string> = {};
  for (const expression of listOf(fieldAt(listOf(required)[0], 'matchExpressions'))) {
    const { key, operator, values } = mapOf(expression);
    if (typeof key !== 'string') continue;
    if (operator === 'In') labels[key] = String(listOf(values)[0]);
    if (operator === 'Exists') labels[key] = '';
  }
  return labels;
}

const usualLabels: Record<string, string> = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };

function nodeNamed(name: string, labels: Record<string, string>): KubernetesObject {
  const all: Record<string, string> = { ...usualLabels, 'kubernetes.io/hostname': name, ...labels };
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: all },
    spec: {},
    status: { conditions, nodeInfo: { operatingSystem: all['kubernetes.io/os'], architecture: all['kubernetes.io/arch'] } },
  };
}
