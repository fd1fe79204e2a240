/** A text of manifests in which some values are to be others: everything that did not change stays as it is, byte for byte. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, type Node, visit } from 'yaml';
import { BookendError } from '../../../errors.ts';
import { readYamlNodes } from '../../../objects/yaml.ts';
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
  const wanted = documents.map((document, index) => {
    const own = values.filter((each) => each.document === index);
    return own.reduce<unknown>((whole, { path, value }) => withValueAt(whole, path, value), document.toJS());
  });
  const splices = inOrder(documents.flatMap((document, index) => changesOf(text, document, wanted[index])));
  const result = spliced(text, splices);
  const meant = splices.length === 0 ? wanted : readYamlNodes(result).map(meaningOf);
  const wrong = wanted.findIndex((value, index) => !isDeepStrictEqual(meant[index], value));
  if (wrong >= 0 || meant.length !== wanted.length) {
    throw new BookendError('internal', `document ${wrong + 1} of ${file} could not be changed in its text`);
  }
  return { text: result, splices };
}

function changesOf(text: string, document: Document.Parsed, after: unknown): Splice[] {
  const before: unknown = document.toJS();
  if (isDeepStrictEqual(before, after)) return [];
  let lost: ReadonlySet<Node> = new Set();
  for (;;) {
    const editing = editingOf(text, document, lost);
    change(editing, document.contents, before, after, undefined);
    const nowLost = lostIn(document, editing.splices);
    if (nowLost.size <= lost.size) return editing.splices;
    lost = nowLost;
  }
}

/** What cannot be read means nothing. */
function meaningOf(document: Document.Parsed): unknown {
  if (document.errors.length > 0) return undefined;
  try {
    return document.toJS();
  } catch {
    // An alias without its anchor shows only now.
    return undefined;
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
