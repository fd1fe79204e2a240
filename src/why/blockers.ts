/**
 * Asks all questions about an object in a fixed order; each has its own file. It follows the chain to its end, and
 * explains no object of the chain twice.
 */

import { trialOf } from '../admission/trial.ts';
import { makeWorld } from '../graph/world.ts';
import { servingOf } from '../knowledge/serving/serving.ts';
import { idOf, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { unavailableApis } from './api-services.ts';
import type { Blocker, Snapshot } from './blocker.ts';
import { claimBlockers } from './claims.ts';
import { clusterOperatorBlockers } from './cluster-operators.ts';
import type { FindBlockers, WhyContext } from './context.ts';
import { missingControllerManager } from './controller-manager.ts';
import { customResourceBlockers } from './custom-resources.ts';
import { dependentBlockers } from './dependents.ts';
import { finalizerBlockers } from './finalizers.ts';
import { inUseBlockers } from './in-use.ts';
import { namespaceBlockers } from './namespaces.ts';
import { ownWords } from './own-words.ts';
import { podBlockers } from './pods.ts';
import { refusingPolicies } from './policies.ts';
import { confirmedReferrers, referrers } from './referrers.ts';
import { refusals } from './refusals.ts';
import { deletingSince } from './since.ts';
import { storageBlockers } from './storage.ts';
import { deadWebhooks } from './webhooks.ts';
import { wouldHold } from './would-hold.ts';

/**
 * From the most telling on. Those that are about terminating objects answer nothing for others, and the other way
 * round.
 */
const questions: readonly FindBlockers[] = [
  missingControllerManager,
  clusterOperatorBlockers,
  ownWords,
  podBlockers,
  namespaceBlockers,
  unavailableApis,
  customResourceBlockers,
  claimBlockers,
  storageBlockers,
  inUseBlockers,
  dependentBlockers,
  confirmedReferrers,
  finalizerBlockers,
  referrers,
  refusals,
  wouldHold,
  refusedDeletion,
];

/** So deep a chain is nobody's: a circle of owners would have no end. */
const deepest = 8;

export function contextOf(snapshot: Snapshot): WhyContext {
  const world = makeWorld(snapshot.objects);
  const { objects, kinds, now, params } = snapshot;
  const trial = trialOf({ objects, kinds, now, params: params?.objects ?? [], unreadParams: params?.unread ?? new Map() });
  const known = { world, serving: servingOf(objects), trial };
  return at(snapshot, known, new Set([idOf(snapshot.object)]));
}

type Known = Pick<WhyContext, 'world' | 'serving' | 'trial'>;

function at(snapshot: Snapshot, known: Known, above: ReadonlySet<ObjectId>): WhyContext {
  return {
    ...snapshot,
    ...known,
    follow(object) {
      const id = idOf(object);
      if (above.has(id) || above.size > deepest) return [];
      return blockersOf(object, at(snapshot, known, new Set([...above, id])));
    },
  };
}

export function blockersOf(object: KubernetesObject, context: WhyContext): Blocker[] {
  return questions.flatMap((question) => question(object, context));
}

/**
 * Before its deletion an object is held by webhooks that would be asked about it and cannot answer, and by policies
 * that would refuse it.
 */
function refusedDeletion(object: KubernetesObject, context: WhyContext): Blocker[] {
  if (deletingSince(object) !== undefined) return [];
  return [...deadWebhooks(object, 'DELETE', context), ...refusingPolicies(object, 'DELETE', context)];
}
