/**
 * A Namespace is gone when it is empty. Its controller deletes Pods first (since Kubernetes 1.33), then everything
 * else, and writes failures into conditions. Each remaining object is explained.
 */
import { fieldAt, listOf, mapOf, textOf, textsOf } from '../objects/fields.ts';
import { describeRef, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isPod } from '../teardown/kinds.ts';
import { type Blocker, isStuck, type Proof } from './blocker.ts';
import type { WhyContext } from './context.ts';
import { conversionBlockers, unreadableKinds } from './custom-resources.ts';
import { refusingPolicies } from './policies.ts';
import { deletingSince, isSlow } from './since.ts';
import { deadWebhooks } from './webhooks.ts';

/** So many objects are explained; of the rest the number is told. */
const explained = 25;

export function namespaceBlockers(namespace: KubernetesObject, context: WhyContext): Blocker[] {
  if (namespace.kind !== 'Namespace' || namespace.apiVersion !== 'v1' || deletingSince(namespace) === undefined) return [];
  const name = describeRef(refOf(namespace));
  const evidence = conditionsOf(namespace, name);
  const reported = evidence.find(({ field }) => field?.includes('Failure'))?.says;
  const since = deletingSince(namespace) ?? context.now;
  // The controller tries again every few seconds.
  const isLate = isSlow(since, context) || (reported !== undefined && context.now - since > failingMs);
  const content = context.world.inNamespace(namespace.metadata.name).filter(({ kind }) => !passing.has(kind));
  const foreign = textsOf(fieldAt(namespace, 'spec', 'finalizers')).filter((finalizer) => finalizer !== 'kubernetes');
  const base = { object: refOf(namespace), remedies: [], evidence };
  const ofSpec = foreign.map((finalizer): Blocker => {
    const says = `finalizer ${finalizer} in spec.finalizers of ${name}: the controller that set it must remove it, by the namespace’s finalize subresource`;
    return { ...base, kind: 'finalizer', says, stuck: true, because: [] };
  });
  // The namespace controller has finished: only finalizers in its metadata are left.
  const isEmptied = namespace.spec !== undefined && !textsOf(fieldAt(namespace.spec, 'finalizers')).includes('kubernetes');
  if (isEmptied && content.length === 0 && (namespace.metadata.finalizers ?? []).length > 0) return ofSpec;
  const unreadable = unreadableKinds(namespace.metadata.name, context);
  if (content.length === 0) {
    const says = `${name}: the namespace controller ${ofEmpty(reported, evidence.length > 0)}`;
    return [...ofSpec, { ...base, kind: 'namespace-content', says, stuck: isLate, because: unreadable }];
  }
  const pods = content.filter(isPod);
  const first = pods.length > 0 ? pods : content.filter((object) => deletingSince(object) !== undefined);
  const refused = pods.length > 0 ? [] : refusedIn(content, context);
  const each = onceEach(first.slice(0, explained).map((object) => remaining(object, context)));
  const because = [...each, ...refused, ...unreadable];
  const says = `${name}: ${content.length} ${content.length === 1 ? 'object is' : 'objects are'} still in it (${counted(content)})`;
  // Stuck ones first: they are what is to be done.
  because.sort((a, b) => Number(isStuck(b)) - Number(isStuck(a)));
  return [
    ...ofSpec,
    {
      ...base,
      kind: 'namespace-content',
      says: `${says}${turn(pods.length, first.length, content.length, isLate ? reported : undefined)}`,
      stuck: first.length === 0 && isLate,
      because,
    },
  ];
}

/** What it does about a namespace of which no content could be seen. */
function ofEmpty(reported: string | undefined, isSomethingLeft: boolean): string {
  if (reported) return `reports ${reported}`;
  return isSomethingLeft ? 'reports that objects are left, but none of them could be read' : 'is still listing its objects';
}

function turn(pods: number, first: number, all: number, reported: string | undefined): string {
  if (reported !== undefined) return `; the namespace controller reports ${reported}`;
  if (pods > 0) return pods < all ? '; Pods go first, everything else waits for them' : '';
  return first === 0 ? '; the namespace controller has not deleted any of them yet' : '';
}

/** A failure that is reported for longer than this will not pass by itself. */
const failingMs = 60_000;

/** What is explained within the chain of another is not explained again beside it. */
function onceEach(blockers: readonly Blocker[]): Blocker[] {
  const left = new Set(blockers);
  for (const blocker of blockers) {
    const name = blocker.object && describeRef(blocker.object);
    const isTold = [...left].some((other) => other !== blocker && other.because.some((each) => tells(each, name)));
    if (isTold && isStuck(blocker)) left.delete(blocker);
  }
  return [...left];
}

function tells({ object, because }: Blocker, name: string | undefined): boolean {
  return (object !== undefined && describeRef(object) === name) || because.some((each) => tells(each, name));
}

/** Kept by controllers that put them back until the namespace is gone. */
const passing = new Set(['Event', 'EndpointSlice', 'Endpoints', 'Lease']);

function remaining(object: KubernetesObject, context: WhyContext): Blocker {
  const because = context.follow(object);
  const [only] = because.length === 1 ? because : [];
  if (only?.object && describeRef(only.object) === describeRef(refOf(object))) return only;
  const isDeleted = deletingSince(object) !== undefined;
  const says = `${describeRef(refOf(object))} ${isDeleted ? 'is still being deleted' : 'is not being deleted yet'}`;
  return { kind: 'namespace-content', says, object: refOf(object), stuck: false, evidence: [], remedies: [], because };
}

/**
 * What the namespace controller cannot even begin to delete: one of each kind tells of all, since it deletes them
 * together.
 */
export function refusedIn(content: readonly KubernetesObject[], context: WhyContext): Blocker[] {
  const waiting = content.filter((object) => deletingSince(object) === undefined);
  return [...Map.groupBy(waiting, ({ apiVersion, kind }) => `${apiVersion} ${kind}`).values()]
    .slice(0, explained)
    .flatMap((same) => {
      const because = same.slice(0, explained).flatMap((object) => refusersOf(object, context));
      const [object] = same;
      if (!object || because.length === 0) return [];
      const says = `${counted(same)} in it cannot be deleted`;
      const once = [...new Map(because.map((blocker) => [blocker.says, blocker])).values()];
      return [
        { kind: 'namespace-content', says, object: refOf(object), stuck: false, evidence: [], remedies: [], because: once },
      ];
    });
}

function refusersOf(object: KubernetesObject, context: WhyContext): Blocker[] {
  const isHeld = (object.metadata.finalizers ?? []).length > 0;
  return [
    ...conversionBlockers(object, context),
    ...deadWebhooks(object, 'DELETE', context),
    ...refusingPolicies(object, 'DELETE', context),
    ...(isHeld && context.leaving !== undefined ? refusersOfRelease(object, context) : []),
  ];
}

/** Its finalizers could not be removed. */
function refusersOfRelease(object: KubernetesObject, context: WhyContext): Blocker[] {
  return [...deadWebhooks(object, 'UPDATE', context), ...refusingPolicies(object, 'UPDATE', context)];
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
