/** Required node affinity, as the scheduler reads it (`k8s.io/component-helpers/scheduling/corev1/nodeaffinity`). */
import { fieldAt, isMap, listOf, textOf, textsOf } from '../objects/fields.ts';
import type { NodeFacts } from './node.ts';
import { integerOf } from './toleration.ts';

/** @param required `requiredDuringSchedulingIgnoredDuringExecution`; absent: every node will do */
export function isWanted(node: NodeFacts, required: unknown): boolean {
  if (required === undefined || required === null) return true;
  return listOf(fieldAt(required, 'nodeSelectorTerms')).some((term) => fits(node, term));
}

/** A term without any requirement selects no node. */
function fits(node: NodeFacts, term: unknown): boolean {
  const [expressions, fields] = [listOf(fieldAt(term, 'matchExpressions')), listOf(fieldAt(term, 'matchFields'))];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((each) => holds(each, (key) => node.labels[key])) &&
    // The one field that there is.
    fields.every((each) => holds(each, (key) => (key === 'metadata.name' ? node.name : undefined)))
  );
}

function holds(requirement: unknown, read: (key: string) => string | undefined): boolean {
  if (!isMap(requirement)) return false;
  const value = read(textOf(requirement.key) ?? '');
  const values = textsOf(requirement.values);
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      const [own, other] = [integerOf(value ?? ''), integerOf(values[0] ?? '')];
      if (own === undefined || other === undefined || values.length !== 1) return false;
      return requirement.operator === 'Gt' ? own > other : own < other;
    }
    default:
      return false;
  }
}
