/** What is known about a document while its changes are computed. */
import { type Document, isCollection, isMap, type Node, visit } from 'yaml';
import { hasQuotedKeys, nodeOf, startOf } from './nodes.ts';
import { lineStart, type Splice } from './splice.ts';

export type Editing = {
  text: string;
  document: Document.Parsed;
  style: TextStyle;
  /** Whether anything of the document stands for something else of it. */
  hasAliases: boolean;
  /** Anchored nodes that will not be there any more: what refers to them must be written out. */
  lost: ReadonlySet<Node>;
  /** Nodes in which nothing is known: a change within them is left to a reader that knows more. */
  closed: ReadonlySet<unknown>;
  /** What the nodes that were looked at will mean. */
  planned: Map<Node, unknown>;
  splices: Splice[];
};

/** What is put in is written like what is there. */
export type TextStyle = {
  endOfLine: '\n' | '\r\n';
  /** How many columns a map stands further in than its key. */
  mapStep: number;
  /** The same for a list. */
  listStep: number;
  /** Keys and texts in quotes. */
  json: boolean;
};

export function editingOf(text: string, document: Document.Parsed, known: Pick<Editing, 'lost' | 'closed'>): Editing {
  return {
    text,
    document,
    style: styleOf(text, document),
    hasAliases: hasAliases(text, document),
    ...known,
    planned: new Map(),
    splices: [],
  };
}

function hasAliases(text: string, document: Document.Parsed): boolean {
  let found = false;
  if (!text.includes('*')) return found;
  visit(document, {
    Alias: () => {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** The column of an offset, from 0. */
export function columnOf({ text }: Pick<Editing, 'text'>, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Anchored nodes that something refers to. */
export function referredTo(document: Document.Parsed): Set<Node> {
  const found = new Set<Node>();
  visit(document, {
    Alias: (_, alias) => {
      const target = alias.resolve(document);
      if (target) found.add(target);
    },
  });
  return found;
}

function styleOf(text: string, document: Document.Parsed): TextStyle {
  const { contents } = document;
  let [mapStep, listStep]: (number | undefined)[] = [];
  visit(document, {
    Map: (_, map) => {
      if (mapStep !== undefined && listStep !== undefined) return visit.BREAK;
      if (map.flow) return visit.SKIP;
      const column = columnOf({ text }, startOf(map));
      for (const inner of map.items.map(({ value }) => nodeOf(value))) {
        if (!isCollection(inner) || inner.flow) continue;
        const step = columnOf({ text }, startOf(inner)) - column;
        if (isMap(inner)) mapStep ??= step;
        else listStep ??= step;
      }
      return undefined;
    },
  });
  return {
    endOfLine: /\r?\n/.exec(text)?.[0] === '\r\n' ? '\r\n' : '\n',
    mapStep: mapStep ?? 2,
    listStep: listStep ?? mapStep ?? 2,
    json: contents !== null && isCollection(contents) && contents.flow === true && hasQuotedKeys(contents) === true,
  };
}
