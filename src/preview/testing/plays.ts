/** Plays for tests, and their stories in lines that are easy to compare. */

import { servingOf } from '../../knowledge/serving/serving.ts';
import type { ObjectId } from '../../objects/identity.ts';
import type { Subject } from '../../reading/subject.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { Play } from '../play/outcome.ts';
import { play } from '../play/play.ts';
import { helm4 } from './subjects.ts';

export function played(subject: Subject, scenario: Partial<Scenario> = {}): Promise<Play> {
  const given = [...subject.objects, ...subject.hooks, ...subject.crds].map(({ object }) => object);
  return play(subject, { ...helm4, ...scenario }, servingOf([...subject.surroundings.objects, ...given]));
}

/** `delete deleted Deployment.apps/shop/manager` */
export function stepsOf({ steps }: Play): string[] {
  return steps.map(({ what, answer, id }) => [what, answer, id].filter((part) => part !== undefined).join(' '));
}

/** `stuck Widget.example.com/shop/one` */
export function leftIn({ left }: Play): string[] {
  return left.map(({ why, id }) => `${why} ${id}`).sort();
}

export function goneAt({ moments }: Play, id: string): number | undefined {
  return moments.findLast((moment) => moment.what === 'gone' && moment.id === (id as ObjectId))?.at;
}
