/**
 * What rules look at: the context with its look-ups made once, so that every rule stays linear, and with everything in
 * one order, so that the order in which files were read changes no finding.
 */
import type { World } from '../../graph/edge.ts';
import { makeWorld } from '../../graph/world.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { type Hook, hooksOf } from '../../knowledge/hooks.ts';
import { type Right, rightsByAccount } from '../../knowledge/rights.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import { keepReason } from '../../objects/policies.ts';
import type { Given } from '../../reading/subject.ts';
import { idOfStep } from '../../uninstall/step.ts';
import { goneTimesOf, type Left, type Play } from '../play/outcome.ts';
import type { RuleContext } from './rule-context.ts';

export type RuleInput = RuleContext & {
  /** A live cluster was read: what is not there was looked for. */
  live: boolean;
  /** Objects, hooks and definitions of the subject, as they were given. */
  given: ReadonlyMap<ObjectId, Given>;
  hooks: readonly Hook[];
  /** What an account, `namespace/name`, may do. Read once for all rules, and not before one of them asks. */
  rightsOf(account: string): readonly Right[];
  /** What is still there in the end. */
  left: ReadonlyMap<ObjectId, Left>;
  /** Whether it is seen in a cluster or a manifest; other objects of the play are only supposed. */
  isSeen(id: ObjectId): boolean;
  /** Whether the uninstall is told to delete it: of the subject, and neither kept nor a hook. */
  isDeleted(id: ObjectId): boolean;
  /** When the tool asked for its deletion, in ms. */
  calledAt(id: ObjectId): number | undefined;
  /** When it was gone for good, in ms. Absent: it never went, or came back. */
  goneAt(id: ObjectId): number | undefined;
  /** Whether the tool is one of the two Helms, so that hooks are hooks. */
  helm: boolean;
  evidence(id: ObjectId, says: string, field?: string, value?: string): FindingEvidence;
};

export function ruleInputOf(context: RuleContext): RuleInput {
  const { subject, scenario } = context;
  const sorted = sortedSubject(context);
  const play = inOrder(context.play);
  const world = worldInOrder(context.world);
  const given = new Map(
    [...subject.crds, ...subject.hooks, ...subject.objects].map((each) => [world.idOf(each.object), each] as const),
  );
  const supposed = new Set(play.supposedObjects ?? []);
  const called = new Map<ObjectId, number>();
  for (const step of play.steps) if (step.what === 'delete' && !called.has(step.id)) called.set(step.id, step.at);
  const skipped = new Set(play.steps.flatMap((step) => (step.what === 'keep' ? [step.id] : [])));
  // Each tool has annotations of its own, and deletes what those of others ask to keep.
  const isKept = (object: Given['object'], id: ObjectId) =>
    skipped.has(id) || (keepReason(object) !== undefined && !called.has(id));
  const deleted = new Set(
    subject.objects.flatMap(({ object }) => {
      const id = world.idOf(object);
      return isKept(object, id) ? [] : [id];
    }),
  );
  let rights: ReturnType<typeof rightsByAccount> | undefined;
  const gone = goneTimesOf(play.moments);
  return {
    ...context,
    subject: sorted,
    play,
    world,
    live: subject.surroundings.from === 'cluster',
    given,
    hooks: hooksOf(sorted.hooks),
    rightsOf: (account) => {
      rights ??= rightsByAccount(world);
      return rights(account);
    },
    left: new Map(play.left.map((each) => [each.id, each])),
    isSeen: (id) => world.has(id) && !supposed.has(id),
    isDeleted: (id) => deleted.has(id),
    calledAt: (id) => called.get(id),
    goneAt: (id) => gone.get(id),
    helm: scenario.tool === 'helm3' || scenario.tool === 'helm4',
    evidence: (id, says, field, value) => {
      const origin = given.get(id)?.origin;
      return {
        object: describeId(id),
        id,
        ...(field !== undefined && { field }),
        ...(value !== undefined && { value }),
        says,
        ...(origin && { origin }),
      };
    },
  };
}

/** By code units, the same on every machine; `localeCompare` is not. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function inOrder(play: Play): Play {
  return {
    ...play,
    steps: play.steps.toSorted((a, b) => a.at - b.at || compare(idOfStep(a) ?? '', idOfStep(b) ?? '') || compare(a.what, b.what)),
    // Of one moment the object is gone before its successor of the same name is made.
    moments: play.moments.toSorted((a, b) => a.at - b.at || compare(a.id, b.id) || compare(b.what, a.what)),
    pods: play.pods.toSorted((a, b) => compare(a.pod, b.pod) || compare(a.uid, b.uid)),
    refused: play.refused.toSorted((a, b) => a.at - b.at || compare(a.id, b.id) || compare(a.by, b.by)),
    left: play.left.toSorted((a, b) => compare(a.id, b.id) || compare(a.why, b.why)),
  };
}

function worldInOrder({ objects }: World): World {
  return makeWorld(
    objects
      .map((object) => [idOf(object), object] as const)
      .sort(([a], [b]) => compare(a, b))
      .map(([, object]) => object),
  );
}

function sortedSubject({ subject, world }: RuleContext): RuleContext['subject'] {
  const sorted = (givens: readonly Given[]) => givens.toSorted((a, b) => compare(world.idOf(a.object), world.idOf(b.object)));
  return { ...subject, objects: sorted(subject.objects), hooks: sorted(subject.hooks), crds: sorted(subject.crds) };
}
