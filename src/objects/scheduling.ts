/**
 * Whether a Pod may be placed on a Node, compared as the scheduler does
 * (`k8s.io/component-helpers/scheduling/corev1`).
 */
import { fieldAt, isMap, listOf, textMapOf, textOf, textsOf } from './fields.ts';
import { meets } from './selectors.ts';

export type Taint = { key: string; value: string; effect: string };

/** The taints of a Node as they stand in its spec. */
export function taintsOf(nodeSpec: unknown): Taint[] {
  return listOf(fieldAt(nodeSpec, 'taints')).map((taint) => {
    const { key = '', value = '', effect = '' } = textMapOf(taint);
    return { key, value, effect };
  });
}

/** Whether the taint lets a Pod with these tolerations be placed. One that only prefers others does so always. */
export function isTolerated(taint: Taint, tolerations: unknown): boolean {
  return taint.effect === 'PreferNoSchedule' || listOf(tolerations).some((toleration) => tolerates(toleration, taint));
}

/** `v1.Toleration.ToleratesTaint` */
function tolerates(toleration: unknown, taint: Taint): boolean {
  const effect = textOf(fieldAt(toleration, 'effect'));
  if (effect !== undefined && effect !== taint.effect) return false;
  const key = textOf(fieldAt(toleration, 'key'));
  if (key !== undefined && key !== taint.key) return false;
  const value = textOf(fieldAt(toleration, 'value')) ?? '';
  const operator = textOf(fieldAt(toleration, 'operator')) ?? 'Equal';
  if (operator === 'Exists') return true;
  if (operator === 'Equal') return key !== undefined && value === taint.value;
  return compares(operator, taint.value, value);
}

/** The first label of the Pod's node selector that the node lacks. */
export function missingLabel(
  labels: Readonly<Record<string, string>>,
  podSpec: unknown,
): [key: string, value: string] | undefined {
  return Object.entries(textMapOf(fieldAt(podSpec, 'nodeSelector'))).find(([key, value]) => labels[key] !== value);
}

/** Whether the node affinity that a Pod requires wants this node; without any every node will do. */
export function isWanted(node: { name: string; labels: Readonly<Record<string, string>> }, podSpec: unknown): boolean {
  const required = fieldAt(podSpec, 'affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution');
  if (required === undefined || required === null) return true;
  return listOf(fieldAt(required, 'nodeSelectorTerms')).some((term) => {
    const [expressions, fields] = [listOf(fieldAt(term, 'matchExpressions')), listOf(fieldAt(term, 'matchFields'))];
    return (
      // A term without any requirement selects no node.
      expressions.length + fields.length > 0 &&
      expressions.every((each) => holds(each, (key) => node.labels[key])) &&
      // The one field that there is.
      fields.every((each) => holds(each, (key) => (key === 'metadata.name' ? node.name : undefined)))
    );
  });
}

function holds(requirement: unknown, read: (key: string) => string | undefined): boolean {
  if (!isMap(requirement)) return false;
  const { key, operator } = requirement;
  const value = read(textOf(key) ?? '');
  const values = textsOf(requirement.values);
  const [bound, ...more] = values;
  return (
    meets(operator, value, values) ??
    (value !== undefined && bound !== undefined && more.length === 0 && compares(operator, value, bound))
  );
}

/** `Gt` and `Lt`, of whole numbers of 64 bits. */
function compares(operator: unknown, text: string, bound: string): boolean {
  const [one, other] = [integerOf(text), integerOf(bound)];
  if (one === undefined || other === undefined) return false;
  return operator === 'Gt' ? one > other : operator === 'Lt' && one < other;
}

function integerOf(text: string): bigint | undefined {
  return /^[+-]?\d{1,19}$/.test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
}
