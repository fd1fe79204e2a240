/** Rejects Pods that only run on nodes that the copy tool does not support. */
import { fieldAt, listOf, mapOf } from '../objects/fields.ts';
import type { Fields } from './spec.ts';

export type NodeDemand = { field: string; values: readonly string[] };

/** Labels that say which architecture a node has. */
const architectureLabels = ['kubernetes.io/arch', 'beta.kubernetes.io/arch'];

/** Where the Pod rules out every architecture that the tool is built for; undefined when it may run on one. */
export function foreignArchitecture(spec: Fields): NodeDemand | undefined {
  const selector = mapOf(spec.nodeSelector);
  for (const label of architectureLabels) {
    const value = selector[label];
    if (typeof value === 'string' && !toolArchitectures.includes(value))
      return { field: `nodeSelector[${label}]`, values: [value] };
  }
  const demands = requiredTerms(spec).map(foreignIn);
  if (demands.length === 0 || demands.some((demand) => demand === undefined)) return undefined;
  return { field: affinityField, values: [...new Set(demands.flatMap((values) => values ?? []))] };
}

/** Nodes match one of the terms; all expressions of that. */
export function requiredTerms(spec: Fields): readonly unknown[] {
  const affinity = fieldAt(spec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  return listOf(fieldAt(affinity, 'nodeSelectorTerms'));
}

export const affinityField = 'affinity.nodeAffinity';

function foreignIn(term: unknown): string[] | undefined {
  for (const rule of listOf(fieldAt(term, 'matchExpressions'))) {
    if (!architectureLabels.includes(String(fieldAt(rule, 'key')))) continue;
    const values = listOf(fieldAt(rule, 'values')).map(String);
    const operator = fieldAt(rule, 'operator');
    if (operator === 'In' && values.every((value) => !toolArchitectures.includes(value))) return values;
    if (operator === 'NotIn' && toolArchitectures.every((each) => values.includes(each)))
      return values.map((each) => `not ${each}`);
  }
  return undefined;
}

/** What the image of the copy tool is built for. A Pod that can only run elsewhere would never get its copy. */
export const toolArchitectures: readonly string[] = ['amd64', 'arm64'];
