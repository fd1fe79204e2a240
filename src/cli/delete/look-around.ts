/**
 * The survey of what is to be deleted. ClusterOperators are left out of the search for children: what they installed
 * bears no owner reference to them, is taken down by their own operator, and its finalizer stays until all of it is
 * gone. Looking through every kind of the whole cluster for it would cost much, find nothing, and need rights that a
 * hook does not have.
 */
import type { Cluster } from '../../cluster/port.ts';
import { idOf, refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { builtInReach, joined } from '../../teardown/reach.ts';
import { type Survey, survey } from '../../teardown/survey.ts';
import { isClusterOperator } from './reported-teardown.ts';
import { noVanishedOwners, type VanishedOwners } from './vanished-owners.ts';

/**
 * Reads what belongs to `objects`, which must be live or have been live at the last look.
 * @param departed what has gone before we came: with what is left of it the survey is as if it were still there
 */
export async function lookAround(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  departed: VanishedOwners = noVanishedOwners,
): Promise<Survey> {
  const operators = objects.filter(isClusterOperator);
  const live = new Set(objects.map(idOf));
  const owners = departed.owners.flat();
  const others = [...objects.filter((object) => !isClusterOperator(object)), ...owners.filter((owner) => !live.has(idOf(owner)))];
  const survived =
    others.length > 0
      ? await survey(
          cluster,
          others,
          owners.map((owner) => ({ ref: refOf(owner) })),
        )
      : emptySurvey();
  const found = withStopping(survived, departed.pods);
  const known = new Set(found.objects.map(idOf));
  const added = operators.filter((operator) => !known.has(idOf(operator)));
  for (const operator of added) found.stepByUid.set(operator.metadata.uid ?? '', idOf(operator));
  return { ...found, objects: [...found.objects, ...added] };
}

/**
 * Pods that may have been made by a target, and that nobody else makes again: they are waited for, and left to whoever
 * deletes them.
 */
function withStopping(found: Survey, pods: readonly KubernetesObject[]): Survey {
  if (pods.length === 0) return found;
  const ours = new Set([...found.children.values()].flat().map(idOf));
  const awaited = pods.filter((pod) => !ours.has(idOf(pod)));
  const strangers = new Map([...awaited, ...found.strangers].map((pod) => [idOf(pod), pod]));
  const reason = 'has lost its controller, which may have been made by what is to go';
  return {
    ...found,
    strangers: [...strangers.values()],
    awaited: new Map(awaited.map((pod) => [idOf(pod), reason])),
    reach: joined(found.reach, builtInReach(awaited.map(refOf))),
  };
}

function emptySurvey(): Survey {
  const reach = { namespaces: [], watched: [], confirmed: [], notSeen: [] };
  return {
    ...{ objects: [], children: new Map(), users: [], strangers: [], rights: new Map() },
    ...{ reach, stepByUid: new Map(), childByUid: new Map(), looseByUid: new Map() },
  };
}
