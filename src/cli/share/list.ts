/** `--list`: the shares of the workloads, applied or only written in annotations. */
import { sharesInAnnotations } from '../../share/annotations.ts';
import { printShare } from '../../share/notation.ts';
import { listShares } from '../../share/remove.ts';
import { whereabouts } from './manifests.ts';
import { nameOf, type Workload } from './workloads.ts';

/** The JSON of `bookend share --list`. */
export type ListDocument = {
  workloads: { object: string; where: string; shares: { name: string; share: string; applied: boolean }[] }[];
};

export function listDocument(workloads: readonly Workload[]): ListDocument {
  const all = workloads.map((workload) => {
    const { spec, annotations } = workload.template;
    const applied = listShares({ spec });
    const waiting = sharesInAnnotations(annotations).shares.filter(({ name }) => !applied.some((each) => each.name === name));
    const shares = [...applied, ...waiting].map((share) => {
      return { name: share.name, share: printShare(share), applied: applied.includes(share) };
    });
    return { object: nameOf(workload), where: whereabouts(workload), shares };
  });
  return { workloads: all.filter(({ shares }) => shares.length > 0) };
}

/** Lines without their ends. */
export function listLines({ workloads }: ListDocument): string[] {
  if (workloads.length === 0) return ['No workload has a share.'];
  return workloads.flatMap(({ object, where, shares }, index) => [
    ...(index > 0 ? [''] : []),
    `${object} (${where})`,
    ...shares.map(({ share, applied }) => `  ${share}${applied ? '' : '   (annotation, not applied here)'}`),
  ]);
}
