/** A text of manifests in which some values are to be others: everything that did not change stays as it is, byte for byte. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, isMap, type Node, visit } from 'yaml';
import { BookendError, isCode } from '../../../errors.ts';
import { readYaml, readYamlNodes, type YamlDocument } from '../../../objects/yaml.ts';
import { type Path, withValueAt } from '../value-at.ts';
import { change } from './changes.ts';
import { editingOf, referredTo } from './editing.ts';
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
export function withValues({ text, documents }: ReadText, file: string, values: readonly NewValue[]): Changed {
  if (values.length === 0) return { text, splices: [] };
  const nodes = readYamlNodes(text);
  const splices = inOrder(
    nodes.flatMap((node, index) => {
      const own = values.filter(({ document }) => document === index);
      const before = meaningOf(node, documents[index]?.object);
      return changesOf(text, node, before, withAll(before, own));
    }),
  );
  if (splices.length === 0) return { text, splices };
  const result = spliced(text, splices);
  const wanted = documents.map(({ object }, index) =>
    withAll(
      object,
      values.filter(({ document }) => document === index),
    ),
  );
  if (!isDeepStrictEqual(objectsIn(result), wanted)) {
    throw new BookendError('internal', `a change of ${file} would not mean what it should: its text was left alone`);
  }
  return { text: result, splices };
}

function withAll(whole: unknown, values: readonly NewValue[]): unknown {
  return values.reduce((result, { path, value }) => withValueAt(result, path, value), whole);
}

/** Values that did not change are the very same ones, so that comparing them takes no time. A List may have got its metadata when it was read. */
function meaningOf(node: Document.Parsed, object: unknown): unknown {
  return isMap(node.contents) && node.contents.has('metadata') ? object : node.toJS();
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

function changesOf(text: string, document: Document.Parsed, before: unknown, after: unknown): Splice[] {
  if (isDeepStrictEqual(before, after)) return [];
  let lost: ReadonlySet<Node> = new Set();
  for (;;) {
    const editing = editingOf(text, document, lost);
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
