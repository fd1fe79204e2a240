/**
 * Custom resources that name the object in their spec, as a Gateway names its class. Many controllers keep an object
 * while it is named; only their own words tell which ones do.
 */
import type { Edge } from '../graph/edge.ts';
import { reference } from '../graph/rules/reference.ts';
import { fieldAt, mapOf } from '../objects/fields.ts';
import { groupOf, idOf, refOf } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { isBuiltInGroup } from '../objects/scopes.ts';
import { nameOf } from './backends.ts';
import type { Blocker } from './blocker.ts';
import { isGuard } from './commands.ts';
import type { WhyContext } from './context.ts';
import { waitsFor } from './dependents.ts';
import { isMentioned, mentionsIn } from './mentions.ts';
import { deletingSince } from './since.ts';
import { statementsOf } from './statements.ts';

const explained = 10;

/** Where the object says that it is in use, its users come before the removal of its finalizers. */
export function confirmedReferrers(object: KubernetesObject, context: WhyContext): Blocker[] {
  return isInUse(object, context) ? referrersOf(object, context) : [];
}

/** Where nothing says so, that they are in the way is a guess. */
export function referrers(object: KubernetesObject, context: WhyContext): Blocker[] {
  return isInUse(object, context) ? [] : referrersOf(object, context);
}

function isInUse(object: KubernetesObject, context: WhyContext): boolean {
  return (
    (object.metadata.finalizers ?? []).some(isGuard) ||
    statementsOf(object, context).some(({ says }) => /\bin use\b|\bused by\b|\breferenced\b|\bdepend/i.test(says))
  );
}

function referrersOf(object: KubernetesObject, context: WhyContext): Blocker[] {
  const isHeld = deletingSince(object) !== undefined && (object.metadata.finalizers ?? []).length > 0;
  if (!isHeld || isBuiltInGroup(groupOf(object.apiVersion))) return [];
  const words = statementsOf(object, context).map(({ says }) => mentionsIn(says, context.kinds));
  const users = [...referencesTo(object, context), ...shortReferencesTo(object, context)].filter(
    ({ user }) => !words.some((mentions) => isMentioned(user, mentions, object)),
  );
  if (users.length === 0) return [];
  const name = nameOf(object);
  const because = users.slice(0, explained).map(({ user, field }): Blocker => {
    const found = waitsFor(user, context, 'dependents', `which names it in ${field}`);
    // That it is in the way is a guess.
    const isGuess = found.kind === 'not-deleted';
    return {
      ...found,
      evidence: [{ object: nameOf(user), field, value: object.metadata.name, says: 'names it' }],
      ...(isGuess && { stuck: false }),
    };
  });
  const isOne = users.length === 1;
  const says = `${users.length} ${isOne ? 'object names' : 'objects name'} ${name}; its controller may wait until ${isOne ? 'it is' : 'they are'} gone`;
  return [{ kind: 'dependents', says, object: refOf(object), stuck: false, evidence: [], remedies: [], because }];
}

const known = new WeakMap<object, readonly Edge[]>();

type User = { user: KubernetesObject; field: string };

function referencesTo(object: KubernetesObject, { world }: WhyContext): User[] {
  const edges = known.get(world) ?? reference.find(world);
  known.set(world, edges);
  const id = idOf(object);
  return edges.flatMap(({ to, from, evidence }) => {
    const user = to === id ? world.byId(from) : undefined;
    return user ? [{ user, field: evidence[0]?.field ?? 'spec' }] : [];
  });
}

/**
 * `clusterRef: {name: kafka}` of a KafkaTopic means a KafkaCluster. Only within one API group, where nobody says more.
 */
function shortReferencesTo({ apiVersion, kind, metadata }: KubernetesObject, { objects }: WhyContext): User[] {
  const near = objects.filter(
    (each) => groupOf(each.apiVersion) === groupOf(apiVersion) && each.metadata.namespace === metadata.namespace,
  );
  return near.flatMap((user) =>
    Object.entries(mapOf(user.spec)).flatMap(([field, value]): User[] => {
      const [, word] = /^(\w{3,})Ref$/.exec(field) ?? [];
      const isMeant =
        word !== undefined &&
        fieldAt(value, 'kind') === undefined &&
        fieldAt(value, 'name') === metadata.name &&
        kind.toLowerCase() !== word.toLowerCase() &&
        kind.toLowerCase().endsWith(word.toLowerCase());
      return isMeant ? [{ user, field: `spec.${field}.name` }] : [];
    }),
  );
}
