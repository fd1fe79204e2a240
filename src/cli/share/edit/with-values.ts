/** A text of manifests in which some values are to be others: everything that did not change stays as it is, byte for byte. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, type Node, visit } from 'yaml';
import { BookendError, isCode } from '../../../errors.ts';
import { readYamlNodes, readYamlValues } from '../../../objects/yaml.ts';
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

/**
 * @param text that `readYaml` accepts
 * @param file only for messages
 * @throws BookendError `internal` when the result would not mean what it should: nothing wrong is ever printed
 */
export function withValues(text: string, file: string, values: readonly NewValue[]): Changed {
  if (values.length === 0) return { text, splices: [] };
  const documents = readYamlNodes(text);
  const before = documents.map((document): unknown => document.toJS());
  const wanted = [...before];
  for (const { document, path, value } of values) wanted[document] = withValueAt(wanted[document], path, value);
  const splices = inOrder(documents.flatMap((document, index) => changesOf(text, document, before[index], wanted[index])));
  if (splices.length === 0) return { text, splices };
  const result = spliced(text, splices);
  if (!isDeepStrictEqual(meaningOf(result), wanted)) {
    throw new BookendError('internal', `a change of ${file} would not mean what it should: its text was left alone`);
  }
  return { text: result, splices };
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

/** What cannot be read means nothing. */
function meaningOf(text: string): unknown {
  try {
    return readYamlValues(text);
  } catch (error) {
    if (isCode(error, 'bad-input')) return undefined;
    throw error;
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
