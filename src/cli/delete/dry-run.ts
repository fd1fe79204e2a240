/** `--dry-run`: what would be deleted, in which order, and what would be waited for. Reads only. */

import type { Cluster } from '../../cluster/port.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { describePlan } from '../../plan/describe.ts';
import type { Invocation } from '../invocation.ts';
import { outJson } from '../json-output.ts';
import { planDocument } from '../plan-document.ts';
import { asLines } from '../terminal.ts';
import type { ExitCode } from '../verb.ts';
import { lookAround } from './look-around.ts';
import { planWithOrder } from './plan-with-order.ts';
import type { VanishedOwners } from './vanished-owners.ts';

export async function showDryRun(
  cluster: Cluster,
  selected: KubernetesObject[][],
  departed: VanishedOwners,
  order: string[] | undefined,
  format: 'text' | 'json',
  invocation: Invocation,
): Promise<ExitCode> {
  const found = await lookAround(cluster, selected.flat(), departed);
  const plan = planWithOrder(found, selected, order, { showUsers: true });
  const { notSeen } = found.reach;
  if (format === 'json') {
    await outJson({ ...planDocument(plan), notSeen }, invocation);
    return 0;
  }
  const children = [...found.children.values()].flat().length;
  const lines = [
    ...(plan.steps.length === 0 ? ['Nothing to delete'] : ['Order of deletion (dry run, nothing was changed):']),
    ...describePlan(plan),
    ...(children > 0 ? [`and ${children} ${children === 1 ? 'child' : 'children'}, Pods included`] : []),
    ...notSeen.slice(0, 5).map((text) => `not seen: ${text}`),
    ...(notSeen.length > 5 ? [`not seen: ${notSeen.length - 5} more kinds; -o json lists them`] : []),
  ];
  invocation.out(asLines(lines));
  return 0;
}
