/**
 * A Namespace goes when nothing is left in it. Its controller deletes Pods first (since 1.33) and then everything else,
 * and writes into conditions what it could not do; what is left is followed down to each object.
 */
import { fieldAt, listOf, mapOf, textOf, textsOf } from '../objects/fields.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import { type Blocker, isStuck, type Proof } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { refusingPolicies } from './policies.ts';
import { deletingSince } from './since.ts';
import { deadWebhooks } from './webhooks.ts';

/** So many objects are explained; of the rest the number is told. */
const explained = 25;

export function namespaceBlockers(namespace: KubernetesObject, context: WhyContext): Blocker[] {
  if (namespace.kind !== 'Namespace' || namespace.apiVersion !== 'v1' || deletingSince(namespace) === undefined) return [];
  const name = describeRef(refOf(namespace));
  const evidence = conditionsOf(namespace, name);
  const content = context.world.inNamespace(namespace.metadata.name).filter(({ kind }) => !passing.has(kind));
  const foreign = textsOf(fieldAt(namespace, 'spec', 'finalizers')).filter((finalizer) => finalizer !== 'kubernetes');
  const base = { object: refOf(namespace), help: [], evidence };
  const ofSpec = foreign.map((finalizer): Blocker => {
    const says = `finalizer ${finalizer} in spec.finalizers of ${name}: whoever set it must remove it, by the namespace’s finalize subresource`;
    return { ...base, kind: 'finalizer', says, stuck: true, because: [] };
  });
  if (content.length === 0) {
    const says =
      evidence.length > 0
        ? `${name}: the namespace controller says that something is left, and none of it could be seen`
        : `${name}: the namespace controller still looks through it`;
    return [...ofSpec, { ...base, kind: 'namespace-content', says, stuck: false, because: [] }];
  }
  const pods = content.filter(isPod);
  const first = pods.length > 0 ? pods : content.filter((object) => deletingSince(object) !== undefined);
  const refused = pods.length > 0 ? [] : refusedIn(content, context);
  const because = [...first.slice(0, explained).map((object) => remaining(object, context)), ...refused];
  const says = `${name}: ${content.length} ${content.length === 1 ? 'object is' : 'objects are'} still in it (${counted(content)})`;
  // Stuck ones first: they are what is to be done.
  because.sort((a, b) => Number(isStuck(b)) - Number(isStuck(a)));
  return [
    ...ofSpec,
    {
      ...base,
      kind: 'namespace-content',
      says: `${says}${turn(pods.length, first.length, content.length)}`,
      stuck: false,
      because,
    },
  ];
}

function turn(pods: number, first: number, all: number): string {
  if (pods > 0) return pods < all ? '; Pods go first, everything else waits for them' : '';
  return first === 0 ? '; the namespace controller has not come to them yet' : '';
}

/** Kept by controllers that put them back until the namespace is gone. */
const passing = new Set(['Event', 'EndpointSlice', 'Endpoints', 'Lease']);

function remaining(object: KubernetesObject, context: WhyContext): Blocker {
  const because = context.follow(object);
  const [only] = because.length === 1 ? because : [];
  if (only?.object && describeRef(only.object) === describeRef(refOf(object))) return only;
  const isDeleted = deletingSince(object) !== undefined;
  const says = `${describeRef(refOf(object))} ${isDeleted ? 'is still being deleted' : 'is not being deleted yet'}`;
  return { kind: 'namespace-content', says, object: refOf(object), stuck: false, evidence: [], help: [], because };
}

/**
 * What the namespace controller cannot even begin to delete: one of each kind tells of all, since it deletes them
 * together.
 */
function refusedIn(content: readonly KubernetesObject[], context: WhyContext): Blocker[] {
  const waiting = content.filter((object) => deletingSince(object) === undefined);
  return [...Map.groupBy(waiting, ({ apiVersion, kind }) => `${apiVersion} ${kind}`).values()]
    .slice(0, explained)
    .flatMap((same) => {
      const because = same.slice(0, explained).flatMap((object) => refusersOf(object, context));
      const [object] = same;
      if (!object || because.length === 0) return [];
      const says = `${counted(same)} in it cannot be deleted`;
      const once = [...new Map(because.map((blocker) => [blocker.says, blocker])).values()];
      return [{ kind: 'namespace-content', says, object: refOf(object), stuck: false, evidence: [], help: [], because: once }];
    });
}

function refusersOf(object: KubernetesObject, context: WhyContext): Blocker[] {
  return [...deadWebhooks(object, 'DELETE', context), ...refusingPolicies(object, 'DELETE', context)];
}

/** What the namespace controller could not do. */
function conditionsOf(namespace: KubernetesObject, object: string): Proof[] {
  return listOf(fieldAt(namespace, 'status', 'conditions'))
    .map(mapOf)
    .filter(({ status }) => status === 'True')
    .map(({ type, message }) => ({
      object,
      field: `status.conditions[${textOf(type) ?? '?'}]`,
      value: 'True',
      says: textOf(message) ?? '',
    }));
}

/** `3 Widgets, 1 Secret` */
function counted(objects: readonly KubernetesObject[]): string {
  const kinds = [...Map.groupBy(objects, ({ kind }) => kind)].sort(([, a], [, b]) => b.length - a.length);
  const shown = kinds.slice(0, 4).map(([kind, { length }]) => `${length} ${kind}`);
  return [...shown, ...(kinds.length > 4 ? [`${kinds.length - 4} more kinds`] : [])].join(', ');
}
