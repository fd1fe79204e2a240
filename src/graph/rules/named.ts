/** The edge to an object that a field of the dependent names. */
import { textOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import type { Edge } from '../edge.ts';

type Reference = { rule: string; from: ObjectId; field: string; value: unknown };

/** @param group the core group is `` @returns nothing where the field names nothing */
export function named({ rule, from, field, value }: Reference, group: string, kind: string, namespace?: string): Edge[] {
  const name = textOf(value);
  if (name === undefined) return [];
  return [{ from, to: makeId(group, kind, namespace, name), rule, evidence: [{ object: from, field, value: name }] }];
}
