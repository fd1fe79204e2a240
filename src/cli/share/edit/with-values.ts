/** Changes values in a text of manifests. Everything else stays, byte for byte. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, type Node, visit } from 'yaml';
import { BookendError, isCode } from '../../../errors.ts';
import { readYaml, readYamlNodes, type YamlDocument } from '../../../objects/yaml.ts';
import { type Path, withValueAt } from '../path.ts';
import { change } from './changes.ts';
import { editingOf, referredTo } from './editing.ts';
import { NotPlainText, plainNodesOf } from './plain-nodes.ts';
import { inOrder, type Splice, spliced } from './splice.ts';

export type NewValue = {
  /** Index of the document among those that have content. */
  document: number;
  path: Path;
  value: unknown;
};

export type Changed = { text: string; splices: Splice[] };

/** A text that was read. */
export type ReadText = { text: string; documents: readonly YamlDocument[] };

/** @throws BookendError `internal` when the result would not mean what it should: nothing wrong is ever printed */
export function withValues(read: ReadText, file: string, values: readonly NewValue[]): Changed {
  const { text, documents } = read;
  const wanted = documents.map(({ object }, index) => withAll(object, values, index));
  if (documents.every(({ object }, index) => isDeepStrictEqual(object, wanted[index]))) return { text, splices: [] };
  for (const find of [inPlainText, inAnyText]) {
    const splices = find(read, values);
    if (splices === undefined) continue;
    const result = spliced(text, splices);
    if (isDeepStrictEqual(objectsIn(result), wanted)) return { text: result, splices };
  }
  throw new BookendError('internal', `a change of ${file} would give another result than intended, so nothing was changed`);
}

/** Undefined where the text is not plain, or is not where it is to be changed. */
export function inPlainText({ text, documents }: ReadText, values: readonly NewValue[]): Splice[] | undefined {
  const [only, ...others] = documents;
  const plain = others.length === 0 ? plainNodesOf(text) : undefined;
  if (!plain || !only) return undefined;
  const before = meaningOf(plain.document, only.object);
  if (before === undefined) return undefined;
  try {
    return inOrder(changesOf(text, plain.document, before, withAll(before, values, 0), plain.closed));
  } catch (error) {
    if (error instanceof NotPlainText) return undefined;
    throw error;
  }
}

export function inAnyText({ text, documents }: ReadText, values: readonly NewValue[]): Splice[] {
  const splices = readYamlNodes(text).flatMap((document, index) => {
    const before = meaningOf(document, documents[index]?.object) ?? document.toJS();
    return changesOf(text, document, before, withAll(before, values, index));
  });
  return inOrder(splices);
}

function withAll(whole: unknown, values: readonly NewValue[], index: number): unknown {
  return values.reduce(
    (result, { document, path, value }) => (document === index ? withValueAt(result, path, value) : result),
    whole,
  );
}

/**
 * As it was read: values that do not change are the very same ones then. Undefined for a List that got its metadata
 * in reading.
 */
function meaningOf(document: Document.Parsed, object: unknown): unknown {
  return isMap(document.contents) && document.contents.has('metadata') ? object : undefined;
}

/** What cannot be read means nothing. */
function objectsIn(text: string): unknown[] | undefined {
  try {
    return readYaml(text, '').map(({ object }) => object);
  } catch (error) {
    if (isCode(error, 'bad-input')) return undefined;
    throw error;
  }
}

function changesOf(
  text: string,
  document: Document.Parsed,
  before: unknown,
  after: unknown,
  closed: ReadonlySet<unknown> = new Set(),
): Splice[] {
  if (isDeepStrictEqual(before, after)) return [];
  let lost: ReadonlySet<Node> = new Set();
  for (;;) {
    const editing = editingOf(text, document, { lost, closed });
    change(editing, document.contents, before, after, undefined);
    if (!editing.hasAliases) return editing.splices;
    const nowLost = lostIn(document, editing.splices);
    if (nowLost.size <= lost.size) return editing.splices;
    lost = nowLost;
  }
}

/** Anchors in what is taken out, that something refers to. */
function lostIn(document: Document.Parsed, splices: readonly Splice[]): Set<Node> {
  const targets = referredTo(document);
  const lost = new Set<Node>();
  visit(document, {
    Node: (_, node) => {
      const start = node.range?.[0] ?? 0;
      if (targets.has(node) && splices.some((splice) => splice.start <= start && start < splice.end)) lost.add(node);
    },
  });
  return lost;
}
