/** A text of manifests in which some objects are to be others: everything that did not change stays as it is, byte for byte. */
import { isDeepStrictEqual } from 'node:util';
import { type Document, type Node, visit } from 'yaml';
import { BookendError } from '../../../errors.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import { readYaml, readYamlNodes } from '../../../objects/yaml.ts';
import { change } from './changes.ts';
import { editingOf, referredTo } from './editing.ts';
import { inOrder, type Splice, spliced } from './splice.ts';

export type Changed = { text: string; splices: Splice[] };

/**
 * @param before the objects of the text, as `readYaml` gives them
 * @param after what they are to be, as many
 * @throws BookendError `internal` when the result would not mean what it should: nothing wrong is ever printed
 */
export function withValues(
  text: string,
  file: string,
  before: readonly KubernetesObject[],
  after: readonly KubernetesObject[],
): Changed {
  if (before.every((object, index) => object === after[index] || isDeepStrictEqual(object, after[index]))) {
    return { text, splices: [] };
  }
  const documents = readYamlNodes(text);
  const splices = inOrder(documents.flatMap((document, index) => changesOf(text, document, before[index], after[index])));
  const result = spliced(text, splices);
  const meant = readBack(result, file);
  const wrong = after.findIndex((object, index) => !isDeepStrictEqual(meant?.[index], object));
  if (wrong >= 0 || meant?.length !== after.length) {
    throw new BookendError('internal', `document ${wrong + 1} of ${file} could not be changed in its text`);
  }
  return { text: result, splices };
}

function changesOf(text: string, document: Document.Parsed, before: unknown, after: unknown): Splice[] {
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

function readBack(text: string, file: string): KubernetesObject[] | undefined {
  try {
    return readYaml(text, file).map(({ object }) => object);
  } catch {
    return undefined;
  }
}
