/**
 * Several releases in one call go in the reverse of the order in which they need each other: custom resources here
 * before their operator there.
 */
import { BookendError } from '../../errors.ts';
import { findEdges } from '../../graph/build.ts';
import type { Edge } from '../../graph/edge.ts';
import { makeWorld } from '../../graph/world.ts';
import { describeId, idOf, type ObjectId } from '../../objects/identity.ts';
import type { Subject } from '../../reading/subject.ts';

/** Where one release needs another, and why. */
export type ReleaseNeed = { from: Subject; to: Subject; says: string };

/**
 * The subjects, each before those that it needs; otherwise as they were given.
 * @param declared what somebody has written down, as Flux' `dependsOn`
 * @throws BookendError `cycle` when two need each other
 */
export function inReleaseOrder(subjects: readonly Subject[], declared: readonly ReleaseNeed[] = []): Subject[] {
  const needs = [...needsBetween(subjects), ...declared];
  const ordered: Subject[] = [];
  for (let left = [...subjects]; left.length > 0; ) {
    const next = left.find((each) => !needs.some(({ from, to }) => to === each && left.includes(from)));
    if (next === undefined) throw circle(needs.filter(({ from, to }) => left.includes(from) && left.includes(to)));
    ordered.push(next);
    left = left.filter((each) => each !== next);
  }
  return ordered;
}

function needsBetween(subjects: readonly Subject[]): ReleaseNeed[] {
  const subjectOf = new Map<ObjectId, Subject>();
  for (const subject of subjects)
    for (const { object } of [...subject.objects, ...subject.crds])
      if (!subjectOf.has(idOf(object))) subjectOf.set(idOf(object), subject);
  const world = makeWorld(subjects.flatMap(({ objects, crds }) => [...objects, ...crds].map(({ object }) => object)));
  const found = new Map<string, ReleaseNeed>();
  for (const edge of findEdges(world)) {
    const [from, to] = [subjectOf.get(edge.from), subjectOf.get(edge.to)];
    if (from && to && from !== to)
      found.set(`${subjects.indexOf(from)} ${subjects.indexOf(to)}`, { from, to, says: wordsOf(edge, from, to) });
  }
  return [...found.values()];
}

function wordsOf(edge: Edge, from: Subject, to: Subject): string {
  return `${describeId(edge.from)} of ${from.name} needs ${describeId(edge.to)} of ${to.name}`;
}

function circle(needs: readonly ReleaseNeed[]): BookendError {
  const words = needs.map(({ says }) => says);
  return new BookendError('cycle', `the releases need each other: ${words.join('; ')}`, {
    advice: 'Uninstall them one by one, in the order that you choose. Nothing was deleted.',
  });
}
