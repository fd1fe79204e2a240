/**
 * Manifests in and out. Read the way kubectl and Helm read them (sigs.k8s.io/yaml, which is YAML 1.1 in what a scalar
 * means): `defaultMode: 0644` is octal, `enabled: yes` is true, and of two equal keys the last counts, because public
 * charts rely on all of these.
 */
import { Document, isScalar, LineCounter, parseAllDocuments, type ScalarTag, type Schema, stringify, type Tags } from 'yaml';
import { BookendError } from '../errors.ts';
import { isMap } from './fields.ts';
import { longestText } from './limits.ts';
import type { KubernetesObject } from './object.ts';
import { isPlainText, type Meaning } from './plain-scalar.ts';
import { type Content, plainContent, type Span, spansOf } from './plain-yaml.ts';
import { indentQuotedLines } from './quoted-lines.ts';
import { remembered } from './remembered.ts';
import { type Excess, excessIn, isTooDeep, tooDeep } from './yaml-bounds.ts';

export type YamlDocument = {
  object: KubernetesObject;
  file: string;
  /** The line, from 1, on which the document's content begins. */
  line: number;
  /**
   * The template it came from, as Helm writes it: `agent/templates/role.yaml`, or `agent/crds/agents.yaml` for what
   * an uninstall never deletes.
   */
  source?: string;
};

/** Where a text comes from, for messages. */
type Origin = {
  file: string;
  /** How many lines of the file stand above the text. */
  above: number;
};

/**
 * All objects of a file of any number of YAML or JSON documents. Documents without content are left out; Lists are
 * not opened (see `normalise`).
 *
 * @param file Only for messages.
 * @param above How many lines of the file stand above the text, where it is a part of the file.
 * @throws BookendError bad-input, naming file and line: no YAML, or a document that is no object with apiVersion,
 *   kind and metadata.
 */
export function readYaml(text: string, file: string, above = 0): YamlDocument[] {
  const origin = { file, above };
  if (text.length > longestText) throw excess(origin, excessIn(text));
  const whole = jsonOf(text);
  if (isTooDeep(whole)) throw excess(origin, tooDeep(1));
  if (whole !== undefined) return [{ object: objectOf(whole, origin, 1), file, line: above + 1 }];

  const lines = text.split('\n');
  let before: string | undefined;
  return Array.from(contentsOf(text, lines, origin), ({ value, line }): YamlDocument => {
    const source = sourceAbove(lines, line - 1) ?? sourceOfSameFile(before);
    before = source;
    return { object: objectOf(value, origin, line), file, line: above + line, ...(source && { source }) };
  });
}

/**
 * The same documents with the places of everything in the text, for who changes the text and not the objects.
 *
 * @param text that `readYaml` accepts: the documents are those that it returns, in its order
 * @throws BookendError bad-input, where a quoted text goes on without an indentation
 */
export function readYamlNodes(text: string): Document.Parsed[] {
  const documents = parsed(text, { keepSourceTokens: true });
  const unsound = documents.flatMap(({ errors }) => errors)[0];
  // Read with more indentation than it has, so that places would not be those of the text.
  if (unsound) throw new BookendError('bad-input', `${unsound.message}: indent the lines of the quoted text to have it changed`);
  return documents.filter(hasContent);
}

/** Of each document that has content, in order: quickly where it is plain, by the library where it is not. */
function* contentsOf(text: string, lines: readonly string[], origin: Origin): Generator<Content> {
  const spans = spansOf(lines);
  let count = 0;
  for (const span of spans ?? []) {
    const contents = plainContent(lines, span, meaning) ?? contentsOfSpan(lines, span, origin);
    if (contents === undefined) break;
    yield* contents;
    count += contents.length;
    if (span.to === lines.length) return;
  }
  yield* contentsByLibrary(text, origin).drop(count);
}

/** Undefined where there is an error, which is to be told of the whole text. */
function contentsOfSpan(lines: readonly string[], { from, to }: Span, origin: Origin): Content[] | undefined {
  const text = lines.slice(from, to).join('\n');
  try {
    const contents = contentsByLibrary(to < lines.length ? `${text}\n` : text, origin);
    return Array.from(contents, ({ value, line }) => ({ value, line: line + from }));
  } catch {
    return undefined;
  }
}

/** @throws BookendError bad-input */
function* contentsByLibrary(text: string, origin: Origin): Generator<Content> {
  const found = excessIn(text);
  if (found) throw excess(origin, found);
  const { documents, lineCounter } = parsedLeniently(text);
  for (const document of documents) {
    const [error] = document.errors;
    if (error) throw refusal(origin, lineCounter.linePos(error.pos[0]).line, error.message.split('\n')[0] ?? error.message);
    if (!hasContent(document)) continue;
    const { line } = lineCounter.linePos(document.contents?.range?.[0] ?? 0);
    const value = contentOf(document, origin, line);
    // An alias may stand for what it stands in.
    if (isTooDeep(value)) throw excess(origin, tooDeep(line));
    yield { value, line };
  }
}

/** Once more with indented quotes where the text as it stands is refused, if that reads all of it. */
function parsedLeniently(text: string): { documents: Document.Parsed[]; lineCounter: LineCounter } {
  const lineCounter = new LineCounter();
  const documents = parsed(text, { lineCounter });
  const indented = documents.every(isSound) ? undefined : indentQuotedLines(text);
  if (indented === undefined) return { documents, lineCounter };
  const counter = new LineCounter();
  const again = parsed(indented, { lineCounter: counter });
  return again.every(isSound) ? { documents: again, lineCounter: counter } : { documents, lineCounter };
}

function isSound({ errors }: Document.Parsed): boolean {
  return errors.length === 0;
}

function parsed(text: string, options: { lineCounter?: LineCounter; keepSourceTokens?: true }): Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    ...options,
    ...reading,
    // A document that names its version decides for itself what else it knows.
    ...(!/^%/m.test(text) && { schema: readingSchema() }),
    uniqueKeys: false,
    logLevel: 'error',
    // The library would look every one of its errors up in the text, and there may be many.
    prettyErrors: false,
  });
  return Array.isArray(documents) ? documents : [];
}

const reading = { version: '1.1', schema: 'yaml-1.1', customTags: readTags } as const;

/** Made once: for a small document making one takes longer than reading. */
function readingSchema(): Schema {
  madeForReading ??= new Document(null, reading).schema;
  return madeForReading;
}

let madeForReading: Schema | undefined;

/** Asks the library. */
const meaning: Meaning = remembered((text) => {
  const [document] = parsed(text, {});
  return document?.errors.length === 0 ? document.toJS() : undefined;
});

/** What is no map, list or text without a value is refused where it is read, such as an alias of nothing. */
function hasContent({ contents }: Document.Parsed): boolean {
  return contents !== null && !(isScalar(contents) && contents.value === null);
}

/** The objects as one file of YAML documents. Long lines are not folded, and nothing is written as an alias. */
export function writeYaml(objects: readonly object[]): string {
  return objects.map((object) => stringify(object, writing)).join('---\n');
}

/** Any value in one line, to stand in a list in brackets, and so anywhere else. */
export function writeYamlInLine(value: unknown): string {
  // Most are names, paths and small numbers, and the library takes its time even for these.
  if (typeof value === 'string' && bareWord.test(value) && isPlainText(value)) return value;
  if (typeof value === 'boolean' || (Number.isSafeInteger(value) && !Object.is(value, -0))) return String(value);
  if (typeof value === 'string') return textInLine(value);
  if (Array.isArray(value) && value.length === 0) return '[]';
  return isMap(value) && Object.keys(value).length === 0 ? '{}' : inLine(value);
}

const textInLine = remembered(inLine);

function inLine(value: unknown): string {
  const list = stringify([value], { ...writing, collectionStyle: 'flow', flowCollectionPadding: false });
  return list.trimEnd().slice(1, -1);
}

const bareWord = /^[A-Za-z_/](?:[\w./@-]|:(?=\w))*$/;

function jsonOf(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Flow-style YAML, several documents, or broken: the YAML parser tells, with the line.
    return undefined;
  }
}

function contentOf(document: { toJS(): unknown }, origin: Origin, line: number): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Unresolved or excessive aliases show only now.
    throw refusal(origin, line, error instanceof Error ? error.message : String(error));
  }
}

function objectOf(value: unknown, origin: Origin, line: number): KubernetesObject {
  if (!isMap(value)) throw refusal(origin, line, 'not a Kubernetes object with apiVersion, kind and metadata');
  for (const field of ['apiVersion', 'kind']) {
    if (typeof value[field] !== 'string' || value[field] === '') throw refusal(origin, line, 'is missing or not text', field);
  }
  // A template that renders no item leaves `items:` empty, which kubectl and Helm read as no objects.
  const isEmptyList = value.kind === 'List' && value.apiVersion === 'v1' && (value.items === null || value.items === undefined);
  const isList = isEmptyList || (String(value.kind).endsWith('List') && Array.isArray(value.items));
  if (!isMap(value.metadata) && !isList) throw refusal(origin, line, 'is missing', 'metadata');
  return (isMap(value.metadata) ? value : { ...value, metadata: {} }) as KubernetesObject;
}

function refusal({ file, above }: Origin, line: number, message: string, field?: string): BookendError {
  return new BookendError('bad-input', `${file}:${above + line}: ${field ? `${field}: ` : ''}${message}`, {
    ...(field && { field }),
  });
}

function excess({ file, above }: Origin, { line, message }: Excess = tooDeep(1)): BookendError {
  return new BookendError('bad-input', `${file}:${above + line}: ${message}`, {
    advice: 'Check where the file comes from. docs/limits.md lists the limits.',
  });
}

/**
 * Helm writes the comment behind the `---`, but a template that begins with a `---` of its own pushes it in front. So
 * it is the nearest one above the content, whatever separators stand between.
 */
function sourceAbove(lines: readonly string[], contentIndex: number): string | undefined {
  for (let index = contentIndex - 1; index >= 0; index--) {
    const line = (lines[index] ?? '').trim();
    const [, source] = /^# Source: (.+)$/.exec(line) ?? [];
    if (source !== undefined) return source.trim();
    if (line !== '' && !line.startsWith('#') && !/^(---|\.\.\.|%)/.test(line)) return undefined;
  }
  return undefined;
}

/** Of a file in `crds/` Helm prints one line for all documents; of a template one for each. */
function sourceOfSameFile(before: string | undefined): string | undefined {
  return before !== undefined && isOfCrds(before) ? before : undefined;
}

/** Whether a source is a file of `crds/`: `agent/crds/agents.yaml`, `agent/charts/base/crds/agents.yaml`. */
export function isOfCrds(source: string): boolean {
  return /^[^/]+\/(charts\/[^/]+\/)*crds\//.test(source);
}

/** `0o644`, which sigs.k8s.io/yaml knows from YAML 1.2. */
const newOctal: ScalarTag = {
  identify: (value) => typeof value === 'number',
  default: true,
  tag: 'tag:yaml.org,2002:int',
  format: 'OCT12',
  test: /^0o[0-7]+$/,
  resolve: (text) => Number.parseInt(text.slice(2), 8),
};

/** YAML 1.1 without dates and numbers to base 60: they stay text, as the API server gets them in the end. */
function readTags(tags: Tags): Tags {
  const isUnknown = (tag: Tags[number]) =>
    typeof tag !== 'string' && (tag.tag.endsWith(':timestamp') || ('format' in tag && tag.format === 'TIME'));
  return [...tags.filter((tag) => !isUnknown(tag)).map(withDigits), newOctal];
}

/**
 * `E12` and `.` are text: the library takes a number with an exponent or a point for one without any digit before,
 * and it is none.
 */
function withDigits(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || !tag.tag.endsWith(':float') || !('test' in tag) || tag.test === undefined) return tag;
  return { ...tag, test: new RegExp(`^(?![-+]?[.]?_*(?:[eE]|$))${tag.test.source}`) };
}

const writing = {
  version: '1.1',
  schema: 'yaml-1.1',
  customTags: writeTags,
  lineWidth: 0,
  aliasDuplicateObjects: false,
} as const;

/** All that any reader might take for something else than text, so that it is put in quotes. */
function writeTags(tags: Tags): Tags {
  return [...tags, newOctal];
}
