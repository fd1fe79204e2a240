/**
 * JSON patch (RFC 6902: add, replace, remove, test) and JSON merge patch (RFC 7396) as the API server carries them out.
 * A failed `test` is told apart from a patch that cannot be carried out: the port makes a conflict of the first.
 */
import { isMap } from '../../../objects/fields.ts';
import type { JsonPatchOperation } from '../../port.ts';
import { copy, type Fields, same } from '../json.ts';

export type PatchFault = { fault: 'test-failed' | 'impossible'; message: string };

/** The patched copy, or why it cannot be made. `document` is left as it is. */
export function jsonPatch(document: unknown, operations: JsonPatchOperation[]): { result: unknown } | PatchFault {
  const root = { '': copy(document) };
  for (const operation of operations) {
    const fault = carriedOut(root, operation);
    if (fault !== undefined) return fault;
  }
  return { result: root[''] };
}

/** Changes the document below `root['']`. */
function carriedOut(root: Fields, operation: JsonPatchOperation): PatchFault | undefined {
  const steps = ['', ...operation.path.split('/').slice(1).map(unescaped)];
  if (operation.path !== '' && !operation.path.startsWith('/')) return impossible(operation, 'the path must begin with "/"');
  const last = steps.pop() ?? '';
  const parent = steps.reduce<unknown>(childAt, root);
  if (Array.isArray(parent)) return changeList(parent, last, operation);
  return isMap(parent) ? changeField(parent, last, operation) : missing(operation);
}

function childAt(parent: unknown, step: string): unknown {
  if (Array.isArray(parent)) return parent[indexIn(parent, step) ?? -1];
  return isMap(parent) ? parent[step] : undefined;
}

/** The target with the patch merged in; `null` removes a field. Both are left as they are. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isMap(patch)) return copy(patch);
  const result: Fields = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (value !== undefined) result[key] = mergePatch(result[key], value);
  }
  return result;
}

function changeField(parent: Fields, key: string, operation: JsonPatchOperation): PatchFault | undefined {
  const exists = Object.hasOwn(parent, key);
  switch (operation.op) {
    case 'test':
      // As evanphx/json-patch, which the API server uses: a missing field equals null.
      return same(parent[key] ?? null, operation.value ?? null) ? undefined : testFailed(operation);
    case 'add':
      parent[key] = copy(operation.value);
      return undefined;
    case 'replace':
      if (!exists) return missing(operation);
      parent[key] = copy(operation.value);
      return undefined;
    case 'remove':
      if (!exists) return missing(operation);
      delete parent[key];
      return undefined;
  }
}

function changeList(parent: unknown[], key: string, operation: JsonPatchOperation): PatchFault | undefined {
  const index = key === '-' && operation.op === 'add' ? parent.length : indexIn(parent, key, operation.op === 'add');
  if (index === undefined) return operation.op === 'test' ? testFailed(operation) : missing(operation);
  switch (operation.op) {
    case 'test':
      return same(parent[index], operation.value) ? undefined : testFailed(operation);
    case 'add':
      parent.splice(index, 0, copy(operation.value));
      return undefined;
    case 'replace':
      parent[index] = copy(operation.value);
      return undefined;
    case 'remove':
      parent.splice(index, 1);
      return undefined;
  }
}

function indexIn(parent: unknown[], step: string, endIncluded = false): number | undefined {
  if (!/^(0|[1-9]\d*)$/.test(step)) return undefined;
  const index = Number(step);
  return index < parent.length || (endIncluded && index === parent.length) ? index : undefined;
}

const unescaped = (step: string) => step.replaceAll('~1', '/').replaceAll('~0', '~');
const testFailed = ({ path }: JsonPatchOperation): PatchFault => ({
  fault: 'test-failed',
  message: `testing path ${path} value failed`,
});
const missing = (operation: JsonPatchOperation) => impossible(operation, 'there is nothing at that path');
const impossible = ({ op, path }: JsonPatchOperation, why: string): PatchFault => ({
  fault: 'impossible',
  message: `${op} operation on ${path} cannot be carried out: ${why}`,
});
