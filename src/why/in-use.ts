/**
 * What Kubernetes keeps while it is in use, beside storage: a ResourceClaim by Pods, a ServiceCIDR by the addresses of
 * Services.
 */
import type { Query } from '../cluster/port.ts';
import { coversAddress } from '../objects/address-range.ts';
import { fieldAt, listOf, textOf, textsOf } from '../objects/fields.ts';
import { groupOf, idOf, makeId, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isHidden, type Reader } from '../reading/reader.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { deleteObject } from './commands.ts';
import type { WhyContext } from './context.ts';
import { waitsFor } from './dependents.ts';
import { deletingSince, isSlow } from './since.ts';

const networking = 'networking.k8s.io';

/** What is read beside a ResourceClaim and a ServiceCIDR. */
export function inUseQueries(object: KubernetesObject, reader: Reader): Query[] {
  const { namespace } = object.metadata;
  if (isResourceClaim(object) && namespace !== undefined) return [{ apiVersion: 'v1', kind: 'Pod', namespace }];
  if (!isRange(object)) return [];
  const addresses = ['IPAddress', 'ServiceCIDR'].flatMap((kind) => {
    const info = reader.kind(networking, kind);
    return info?.verbs.includes('list') ? [{ apiVersion: info.apiVersion, kind }] : [];
  });
  return [...addresses, { apiVersion: 'v1', kind: 'Service' }];
}

export function inUseBlockers(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (deletingSince(object) === undefined || (object.metadata.finalizers ?? []).length === 0) return [];
  if (isRange(object)) return addressesIn(object, context);
  return isResourceClaim(object) ? reservations(object, context) : [];
}

/**
 * The resource claim controller takes a Pod off the list when it has ended or is gone (`resourceclaim/controller.go`).
 */
function reservations(claim: KubernetesObject, context: WhyContext): Blocker[] {
  const entries = listOf(fieldAt(claim.status, 'reservedFor'));
  const pods = entries.flatMap((entry) => {
    const name = textOf(fieldAt(entry, 'name'));
    if (name === undefined || fieldAt(entry, 'resource') !== 'pods') return [];
    const pod = context.world.byId(makeId('', 'Pod', claim.metadata.namespace, name));
    return pod && pod.metadata.uid === fieldAt(entry, 'uid') ? [pod] : [];
  });
  if (pods.length === 0) return [];
  const says = `${nameOf(claim)} is reserved for ${pods.map(nameOf).join(', ')}`;
  const evidence = pods.map((pod) => ({
    object: nameOf(claim),
    field: 'status.reservedFor',
    value: pod.metadata.name,
    says: 'the claim stays until this Pod has ended',
  }));
  const because = pods.map((pod) => waitsFor(pod, context, 'pod', 'which it is reserved for'));
  return [{ kind: 'claim-in-use', says, object: refOf(claim), stuck: false, evidence, remedies: [], because }];
}

const mostNamed = 10;

/** An address that another range covers as well holds none of them (`servicecidrs_controller.go`). */
function addressesIn(range: KubernetesObject, context: WhyContext): Blocker[] {
  const others = context.objects.filter(
    (each) => isRange(each) && idOf(each) !== idOf(range) && deletingSince(each) === undefined,
  );
  const held = context.world
    .ofKind(networking, 'IPAddress')
    .filter((address) => covers(range, address.metadata.name) && !others.some((other) => covers(other, address.metadata.name)))
    .filter((address) => !isLeft(address, context));
  if (held.length === 0) return [];
  const name = nameOf(range);
  const count = `${held.length} ${held.length === 1 ? 'address' : 'addresses'}`;
  const says = `${name}: ${count} of its range ${held.length === 1 ? 'is' : 'are'} in use; it goes when they are free, or when another ServiceCIDR covers them`;
  const because = held.slice(0, mostNamed).map((address) => addressOf(address, range, context));
  return [{ kind: 'claim-in-use', says, object: refOf(range), stuck: false, evidence: [], remedies: [], because }];
}

/** The IPAddress follows its Service; deleted alone it would leave the Service with an address that is not its own. */
function addressOf(address: KubernetesObject, range: KubernetesObject, context: WhyContext): Blocker {
  const parent = fieldAt(address, 'spec', 'parentRef');
  const service = serviceOf(address, context);
  const name = textOf(fieldAt(parent, 'name')) ?? '?';
  const owner = service ? nameOf(service) : `${textOf(fieldAt(parent, 'resource')) ?? 'an object'} ${name}`;
  return {
    kind: 'claim-in-use',
    says: `address ${address.metadata.name} belongs to ${owner}`,
    object: refOf(address),
    stuck: isSlow(deletingSince(range), context),
    evidence: [{ object: nameOf(address), field: 'spec.parentRef', value: name, says: 'has this address' }],
    remedies: service ? [deleteObject(service, context, `${owner} and its address ${address.metadata.name}`)] : [],
    because: [],
  };
}

function serviceOf({ spec }: KubernetesObject, { world }: WhyContext): KubernetesObject | undefined {
  const parent = fieldAt(spec, 'parentRef');
  if (fieldAt(parent, 'resource') !== 'services') return undefined;
  const [name, namespace] = [textOf(fieldAt(parent, 'name')), textOf(fieldAt(parent, 'namespace'))];
  return name === undefined ? undefined : world.byId(makeId('', 'Service', namespace, name));
}

/** Its Service is gone: the API server frees it within minutes. */
function isLeft(address: KubernetesObject, context: WhyContext): boolean {
  const parent = fieldAt(address.spec, 'parentRef');
  if (fieldAt(parent, 'resource') !== 'services' || serviceOf(address, context) !== undefined) return false;
  return !isHidden(context.notSeen, 'services', textOf(fieldAt(parent, 'namespace')));
}

function isResourceClaim({ apiVersion, kind }: KubernetesObject): boolean {
  return groupOf(apiVersion) === 'resource.k8s.io' && kind === 'ResourceClaim';
}

function isRange({ apiVersion, kind }: KubernetesObject): boolean {
  return groupOf(apiVersion) === networking && kind === 'ServiceCIDR';
}

function covers({ spec }: KubernetesObject, address: string): boolean {
  return textsOf(fieldAt(spec, 'cidrs')).some((cidr) => coversAddress(cidr, address));
}
