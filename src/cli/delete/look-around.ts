/**
 * The survey of what is to be deleted. ClusterOperators are left out of the search for children: what they installed bears no owner reference to them, is
 * taken down by their own operator, and its finalizer stays until all of it is gone. Looking through every kind of the whole cluster for it
 * would cost much, find nothing, and need rights that a hook does not have.
 */
import type { Cluster } from '../../cluster/port.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { type Survey, survey } from '../../teardown/survey.ts';
import { isClusterOperator } from './inside.ts';

/** Reads what belongs to `objects`, which must be live or have been live at the last look. */
export async function lookAround(cluster: Cluster, objects: readonly KubernetesObject[]): Promise<Survey> {
  const operators = objects.filter(isClusterOperator);
  const others = objects.filter((object) => !isClusterOperator(object));
  const found = others.length > 0 ? await survey(cluster, others) : emptySurvey();
  const known = new Set(found.objects.map(idOf));
  const added = operators.filter((operator) => !known.has(idOf(operator)));
  for (const operator of added) found.stepByUid.set(operator.metadata.uid ?? '', idOf(operator));
  return { ...found, objects: [...found.objects, ...added] };
}

function emptySurvey(): Survey {
  const reach = { namespaces: [], watched: [], confirmed: [], notSeen: [] };
  return { objects: [], children: new Map(), strangers: [], reach, marks: [], stepByUid: new Map() };
}
