/** `--explain`: what shares become, for people and for programs. */
import type { Explanation } from '../../share/explain.ts';
import type { Shared } from './apply-to.ts';
import { whereabouts } from './manifests.ts';
import { nameOf } from './workloads.ts';

/** The JSON of `bookend share --explain`. */
export type ExplanationDocument = {
  workloads: { object: string; where: string; field: string; shares: Explanation[] }[];
};

export function explanationDocument(shared: readonly Shared[]): ExplanationDocument {
  return {
    workloads: shared.map(({ found, explain }) => {
      const { specPath } = found.template;
      const field = found.place === '' ? specPath : `${found.place}.${specPath}`;
      return { object: nameOf(found), where: whereabouts(found), field, shares: explain() };
    }),
  };
}

/** Lines without their ends. */
export function explanationLines(document: ExplanationDocument): string[] {
  if (document.workloads.length === 0) return ['No workload has a share.'];
  return document.workloads.flatMap(({ object, where, shares }, index) => [
    ...(index > 0 ? [''] : []),
    `${object} (${where})`,
    ...shares.flatMap(shareLines),
  ]);
}

function shareLines(explanation: Explanation): string[] {
  const { share, mode, why, image, mounts, volume, together, adds, resources, space, startTime, notes } = explanation;
  const seen = mounts.map(({ container, path, readOnly }) => `${container} at ${path}${readOnly ? ', read-only' : ''}`);
  const rows: [string, string][] = [
    ['mode', `${mode}, because ${why}`],
    ...(image === undefined ? [] : ([['image', image]] satisfies [string, string][])),
    ...seen.map((text, index): [string, string] => [index === 0 ? 'mounted in' : '', text]),
    ['volume', volume],
    ...(together === undefined
      ? []
      : ([['together', `filled in the order ${together.join(', ')}`]] satisfies [string, string][])),
    ['adds', adds.length === 0 ? 'no container' : `init containers ${adds.join(', ')}`],
    ...(resources === undefined ? [] : ([['resources', resources]] satisfies [string, string][])),
    ['space', space],
    ['start time', startTime],
    ...notes.map((text, index): [string, string] => [index === 0 ? 'notes' : '', text]),
  ];
  return [`  ${share}`, ...rows.map(([name, text]) => `    ${name.padEnd(12)}${text}`)];
}
