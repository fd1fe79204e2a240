/**
 * Conditions in the status of an object: a list with one entry per type, which any controller may write.
 */
import { fieldAt, listOf, mapOf } from './fields.ts';

/** The condition of this type, whatever its status; undefined when nobody has written it yet. */
export function conditionOf(object: unknown, type: string): Readonly<Record<string, unknown>> | undefined {
  return listOf(fieldAt(object, 'status', 'conditions'))
    .map(mapOf)
    .find((condition) => condition.type === type);
}

/** Whether the condition is there and true. */
export function isTrue(object: unknown, type: string): boolean {
  return conditionOf(object, type)?.status === 'True';
}
