/**
 * Finds errors in an object before anything is sent. So if one of two thousand objects has a typo, the error names it
 * and its field, and none is created. The API server decides about everything else.
 */
import { BookendError } from '../errors.ts';
import { fieldAt, isMap, textOf } from './fields.ts';
import { describeRef, groupOf } from './identity.ts';

export type Problem = {
  /** As `kubectl explain` writes it, below the given path: `spec.components[0].objects[1].metadata.name`. */
  field: string;
  message: string;
};

/**
 * Everything that is wrong with the structure of an object; empty when nothing is.
 * @param path Where the object stands in its document; empty when it is the document.
 */
export function problemsOf(object: unknown, path = ''): Problem[] {
  if (!isMap(object)) return [{ field: path || '.', message: 'must be an object with apiVersion, kind and metadata' }];
  const at = (field: string) => (path ? `${path}.${field}` : field);
  const problems: Problem[] = [];
  const check = (fails: boolean, field: string, message: string) => {
    if (fails) problems.push({ field: at(field), message });
  };
  const apiVersion = textOf(object.apiVersion);
  const kind = textOf(object.kind);
  check(!apiVersion || !apiVersionForm.test(apiVersion), 'apiVersion', 'must be a version such as v1 or apps/v1');
  check(!kind || !/^[A-Z][A-Za-z0-9]*$/.test(kind), 'kind', 'must be a kind such as ConfigMap');
  check(
    kind?.endsWith('List') === true && Array.isArray(object.items),
    'kind',
    'must be a single object: give the items of the List one by one',
  );
  if (!isMap(object.metadata)) return [...problems, { field: at('metadata'), message: 'must be an object with a name' }];
  return [...problems, ...problemsOfMetadata(object.metadata, groupOf(apiVersion ?? ''), kind, at('metadata'))];
}

/**
 * The same for one who cannot go on.
 * @throws BookendError bad-input, with every problem in the message and the field of the first.
 */
export function validateObject(object: unknown, path = ''): void {
  const problems = problemsOf(object, path);
  const [first] = problems;
  if (first === undefined) return;
  const [kind, name, namespace] = [['kind'], ['metadata', 'name'], ['metadata', 'namespace']].map((field) =>
    textOf(fieldAt(object, ...field)),
  );
  const known = kind && name ? describeRef({ kind, name, ...(namespace && { namespace }) }) : undefined;
  const message = problems.map(({ field, message: text }) => `${field}: ${text}`).join('; ');
  throw new BookendError('bad-input', message, { field: first.field, ...(known && { object: known }) });
}

function problemsOfMetadata(metadata: Record<string, unknown>, group: string, kind: string | undefined, path: string): Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, message: string) => problems.push({ field: `${path}.${field}`, message });
  const name = textOf(metadata.name);
  const generated = textOf(metadata.generateName) !== undefined;
  if (generated) add('generateName', 'must be absent: the object needs a fixed metadata.name');
  if (name === undefined && !generated) add('name', 'is missing');
  const wrongName = name === undefined ? undefined : nameProblem(name, group, kind);
  if (wrongName) add('name', wrongName);
  const { namespace } = metadata;
  if (namespace !== undefined && (typeof namespace !== 'string' || !isLabel(namespace))) add('namespace', labelMessage);
  for (const field of ['uid', 'resourceVersion', 'managedFields', 'deletionTimestamp', 'deletionGracePeriodSeconds']) {
    if (metadata[field] !== undefined && metadata[field] !== null) {
      add(field, 'must be absent: the API server sets it. Was this copied from a live object?');
    }
  }
  for (const field of ['labels', 'annotations']) problems.push(...problemsOfTexts(metadata[field], `${path}.${field}`));
  return problems;
}

/** Labels and annotations are text: `"true"`, never `true`. */
function problemsOfTexts(value: unknown, path: string): Problem[] {
  if (value === undefined || value === null) return [];
  if (!isMap(value)) return [{ field: path, message: 'must be a map of text to text' }];
  return Object.entries(value)
    .filter(([, text]) => typeof text !== 'string')
    .map(([key, text]) => ({ field: `${path}[${key}]`, message: `must be text: put ${JSON.stringify(text)} in quotes` }));
}

/** The three forms of names that apimachinery checks (`pkg/api/validation/name.go`). */
function nameProblem(name: string, group: string, kind: string | undefined): string | undefined {
  if (group === 'rbac.authorization.k8s.io' || (group === 'networking.k8s.io' && kind === 'IPAddress')) {
    const wrong = name === '.' || name === '..' || /[/%]/.test(name);
    return wrong ? 'must not be "." or ".." and must not contain "/" or "%"' : undefined;
  }
  if (group === '' && (kind === 'Namespace' || kind === 'Service')) return isLabel(name) ? undefined : labelMessage;
  const isSubdomain = name.length <= 253 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name);
  return isSubdomain
    ? undefined
    : 'must be lower-case letters, digits, "-" and ".", begin and end with a letter or digit, and have at most 253 characters';
}

function isLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(text);
}

const labelMessage =
  'must be lower-case letters, digits and "-", begin and end with a letter or digit, and have at most 63 characters';
const apiVersionForm = /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?v[a-z0-9]+$/;
