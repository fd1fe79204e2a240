/**
 * Manifests that people hand in. A template that nobody has rendered is by chance valid YAML now and then (`name: {{
 * .Release.Name }}` is a map in a map), so it is looked for: to say nothing of it would mean to judge objects that
 * never exist. Braces in texts are no sign: alerting rules and dashboards are full of them.
 */
import { BookendError, isCode } from '../errors.ts';
import { isMap, textOf } from './fields.ts';
import { readYaml, type YamlDocument } from './yaml.ts';

/**
 * As `readYaml`.
 * @throws BookendError bad-input, naming file and line: what `readYaml` refuses, and templates that are not rendered.
 */
export function readManifest(text: string, file: string, above = 0): YamlDocument[] {
  const documents = readOrExplain(text, file, above);
  for (const { object, line } of documents) if (isTemplate(object)) throw notRendered(text, { file, above, from: line - above });
  return documents;
}

function readOrExplain(text: string, file: string, above: number): YamlDocument[] {
  try {
    return readYaml(text, file, above);
  } catch (error) {
    const isAction = isCode(error, 'bad-input') && firstAction(text, 1) !== undefined;
    if (isAction) throw notRendered(text, { file, above, from: 1, cause: error });
    throw error;
  }
}

/**
 * An action where only an identity can stand, or as a key: `{{ .Values.x }}` without quotes is read as a map whose
 * key is a map.
 */
function isTemplate(object: YamlDocument['object']): boolean {
  const { name, namespace } = object.metadata;
  const named = [object.apiVersion, object.kind, name, namespace].some((text) => textOf(text)?.includes('{{'));
  return named || hasMapAsKey(object);
}

function hasMapAsKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasMapAsKey);
  return isMap(value) && Object.entries(value).some(([key, entry]) => /^\{ .* \}$/s.test(key) || hasMapAsKey(entry));
}

/** The first line, from 1, that has an action of a Go template and is no comment. */
function firstAction(text: string, from: number): number | undefined {
  const index = text.split('\n').findIndex((line, at) => at >= from - 1 && line.includes('{{') && !/^\s*#/.test(line));
  return index < 0 ? undefined : index + 1;
}

type Found = { file: string; above: number; from: number; cause?: Error };

function notRendered(text: string, { file, above, from, cause }: Found): BookendError {
  const line = firstAction(text, from) ?? from;
  const action = /\{\{.*?(\}\}|$)/.exec(text.split('\n')[line - 1] ?? '')?.[0].slice(0, 100) ?? '{{';
  return new BookendError('bad-input', `${file}:${above + line}: this is an unrendered template: ${action}`, {
    advice: 'Pass the chart itself, or what helm template --include-crds prints of it.',
    ...(cause && { cause }),
  });
}
