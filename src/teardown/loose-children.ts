/**
 * Children without an owner. Some operators make Services, Secrets and StatefulSets for a custom resource and set no
 * owner reference; they delete them themselves when the resource goes, and without a finalizer the resource goes first.
 * Whoever then took the operator away would leave them behind.
 *
 * Nothing proves whose they are, so they are only waited for, and never deleted. What speaks for it: the field manager
 * that writes the status or the finalizers of the custom resource is the only one that wrote the object, and the object
 * is named after the resource, or has a label that names it.
 */
import { append } from '../objects/append.ts';
import { fieldAt, listOf, mapOf, textOf } from '../objects/fields.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { keepReason } from '../objects/policies.ts';
import { isCommonName } from '../objects/programs.ts';
import { mostInOrder } from './bounds.ts';
import { isCustomResource } from './kinds.ts';
import { slim } from './watches.ts';

type Resource = { id: ObjectId; name: string; namespace: string | undefined; isOurs: boolean };
type Candidate = { object: KubernetesObject; writer: string; labels: readonly string[] };

export class LooseChildren {
  /** Custom resources by the field managers of their operators. */
  readonly #resources = new Map<string, Resource[]>();
  readonly #steps: ReadonlySet<ObjectId>;
  readonly #candidates = new Map<string, Candidate>();

  /** @param objects what is to go, custom resources with their managed fields */
  constructor(objects: readonly KubernetesObject[]) {
    this.#steps = new Set(objects.map(idOf));
    for (const object of objects.filter(isCustomResource)) this.#addResource(object, true);
  }

  /** An object as it was read, with its managed fields. */
  meet(object: KubernetesObject): void {
    if (this.#resources.size === 0 || this.#steps.has(idOf(object))) return;
    // What a resource that stays has made is not waited for.
    if (isCustomResource(object)) this.#addResource(object, false);
    const writer = soleWriter(object);
    if (writer === undefined || !this.#resources.has(writer) || !mayBeLeft(object)) return;
    // Others may make any number; some are enough to wait for, and to name.
    if (this.#candidates.size >= mostInOrder) return;
    const labels = Object.values(object.metadata.labels ?? {}).flatMap((value) => textOf(value) ?? []);
    this.#candidates.set(object.metadata.uid ?? '', { object: slim(object), writer, labels });
  }

  /** What seems to have been made for each custom resource that is to go. */
  byStep(): Map<ObjectId, KubernetesObject[]> {
    const found = new Map<ObjectId, KubernetesObject[]>();
    for (const { object, writer, labels } of this.#candidates.values()) {
      const [resource] = (this.#resources.get(writer) ?? [])
        .filter((each) => isNamedAfter(object, labels, each, isCommonName(writer)))
        // `db-2-config` is named after `db-2`, not after `db`; where the names are the same, it may be the other's.
        .sort((one, other) => other.name.length - one.name.length || Number(one.isOurs) - Number(other.isOurs));
      if (resource?.isOurs) append(found, resource.id, object);
    }
    return found;
  }

  #addResource(object: KubernetesObject, isOurs: boolean): void {
    const { name, namespace } = object.metadata;
    for (const manager of operatorManagers(object)) {
      // Rivals matter only where something of ours has the same operator.
      if (isOurs || this.#resources.has(manager)) {
        append(this.#resources, manager, { id: idOf(object), name, namespace, isOurs });
      }
    }
  }
}

/** Of the managed fields what tells the operator of a custom resource: for callers that keep many. */
export function withOperatorManagers(slimmed: KubernetesObject, { metadata }: KubernetesObject): KubernetesObject {
  const managedFields = listOf(metadata.managedFields).filter(isOperators).map(mapOf);
  if (managedFields.length === 0) return slimmed;
  return { ...slimmed, metadata: { ...slimmed.metadata, managedFields } };
}

/** Who writes the status, or has set the finalizers: the operator, by custom. */
function operatorManagers({ metadata }: KubernetesObject): Set<string> {
  const names = listOf(metadata.managedFields)
    .filter(isOperators)
    .flatMap((entry) => textOf(fieldAt(entry, 'manager')) ?? []);
  return new Set(names.filter((name) => !peoples.test(name)));
}

/** The status as a subresource of its own, or as a field like any other. */
function isOperators(entry: unknown): boolean {
  return (
    fieldAt(entry, 'subresource') === 'status' ||
    fieldAt(entry, 'fieldsV1', 'f:status') !== undefined ||
    fieldAt(entry, 'fieldsV1', 'f:metadata', 'f:finalizers') !== undefined
  );
}

/**
 * Made by a program while it ran: no owner takes it away, and neither a person nor a tool for releases has written it.
 */
export function isOnlyByPrograms(object: KubernetesObject): boolean {
  const names = listOf(object.metadata.managedFields).flatMap((entry) => textOf(fieldAt(entry, 'manager')) ?? []);
  return names.length > 0 && mayBeLeft(object) && !names.some((name) => peoples.test(name));
}

/** What people and Kubernetes itself write with. */
const peoples = /^(kubectl|helm|argocd|flux|kustomize|terraform|bookend|before-first-apply|unknown|Mozilla|kube-|kubelet)/i;

function soleWriter({ metadata }: KubernetesObject): string | undefined {
  const entries = listOf(metadata.managedFields).filter((entry) => textOf(fieldAt(entry, 'subresource')) === undefined);
  const names = new Set(entries.flatMap((entry) => textOf(fieldAt(entry, 'manager')) ?? []));
  for (const name of names) if (/^kube-|^kubelet/.test(name)) names.delete(name);
  return names.size === 1 ? [...names][0] : undefined;
}

/** Claims keep data, and stay by design; leases and the like go by themselves. */
const stays = new Set([
  ...['PersistentVolumeClaim', 'PersistentVolume', 'Namespace', 'CustomResourceDefinition'],
  ...['Event', 'Lease', 'Endpoints', 'EndpointSlice', 'ControllerRevision'],
]);

function mayBeLeft(object: KubernetesObject): boolean {
  const { ownerReferences = [] } = object.metadata;
  return ownerReferences.length === 0 && !stays.has(object.kind) && keepReason(object) === undefined;
}

/** @param isCommon many operators write under this name, so that both name and label must speak for it */
function isNamedAfter(
  { metadata }: KubernetesObject,
  labels: readonly string[],
  { name, namespace }: Resource,
  isCommon: boolean,
): boolean {
  if (namespace !== undefined && metadata.namespace !== undefined && metadata.namespace !== namespace) return false;
  const byName = metadata.name === name || metadata.name.startsWith(`${name}-`) || metadata.name.endsWith(`-${name}`);
  const byLabel = labels.includes(name);
  return isCommon ? byName && byLabel : byName || byLabel;
}
