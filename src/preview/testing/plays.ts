/** Plays for tests, and their stories in lines that are easy to compare. */

import { servingOf } from '../../knowledge/serving/serving.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import { idOfStep, messageOf, type ToolStep } from '../../uninstall/step.ts';
import type { Play } from '../play/outcome.ts';
import { play } from '../play/play.ts';
import { helm4 } from './subjects.ts';

export function played(subject: Subject, scenario: Partial<Scenario> = {}): Promise<Play> {
  const given = [...subject.objects, ...subject.hooks, ...subject.crds].map(({ object }) => object);
  return play(subject, { ...helm4, ...scenario }, servingOf([...subject.surroundings.objects, ...given]));
}

/** `delete deleted Deployment.apps/shop/manager` */
export function stepsOf({ steps }: Play): string[] {
  return steps.map((step) => [step.what, answerIn(step), idOfStep(step)].filter((part) => part !== undefined).join(' '));
}

/** `stuck Widget.example.com/shop/one` */
export function leftIn({ left }: Play): string[] {
  return left.map(({ why, id }) => `${why} ${id}`).sort();
}

export function goneAt({ moments }: Play, id: string): number | undefined {
  return moments.findLast((moment) => moment.what === 'gone' && moment.id === (id as ObjectId))?.at;
}

/** As the API server or a hook answered. */
export function answersIn({ steps }: Play): (string | undefined)[] {
  return steps.map(answerIn);
}

/** What was said of the hook that was waited for. */
export function saidOfHook({ steps }: Play): string {
  const wait = steps.find(({ what }) => what === 'wait-hook');
  return (wait && messageOf(wait)) ?? '';
}

function answerIn(step: ToolStep): string | undefined {
  return 'answer' in step ? step.answer : undefined;
}
