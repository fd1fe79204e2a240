/**
 * The plan of a deletion in which a person has given an order of their own, beside what the objects need of each other.
 */
import { BookendError } from '../../errors.ts';
import type { Component } from '../../graph/edge.ts';
import { idOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Plan } from '../../plan/plan.ts';
import type { Survey } from '../../teardown/survey.ts';
import { type PlanOfSurveyOptions, planOfSurvey } from '../../teardown/survey-plan.ts';

/**
 * The plan; with `order`, each selection is a component that depends on the next, so that all of it is gone first.
 * @throws BookendError `cycle` when that order contradicts what the objects need of each other
 */
export function planWithOrder(
  found: Survey,
  selected: readonly KubernetesObject[][],
  order: readonly string[] | undefined,
  options: PlanOfSurveyOptions = {},
): Plan {
  if (!order || order.length < 2) return planOfSurvey(found, [], options);
  const components = order.map((name, index): Component => {
    const next = order[index + 1];
    return { name, dependsOn: next === undefined ? [] : [next], objects: (selected[index] ?? []).map(idOf) };
  });
  try {
    return planOfSurvey(found, components, options);
  } catch (error) {
    if (!(error instanceof BookendError) || error.code !== 'cycle') throw error;
    const message = error.message.replaceAll(/spec\.components\[(\d+)\]\.dependsOn\[\d+\]/g, 'targets[$1] stands before it');
    throw new BookendError('cycle', message, {
      ...error.details,
      field: '--targets',
      advice: 'Change the order of the targets.',
    });
  }
}
