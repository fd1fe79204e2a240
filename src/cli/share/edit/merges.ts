/** `<<: *base` merges another map. What it merges depends on the changes of the other map. */
import { isAlias, isMap, isSeq, type Node, type YAMLMap } from 'yaml';
import { isMap as isPlainMap } from '../../../objects/fields.ts';
import type { Editing } from './editing.ts';
import { isMerge } from './nodes.ts';

/** What the map will have by merging; undefined when an anchor that it needs will be gone. */
export function mergedInto(editing: Editing, map: YAMLMap): Record<string, unknown> | undefined {
  const merged: Record<string, unknown> = {};
  for (const pair of map.items.filter(isMerge)) {
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of sources) {
      const value = meaningOf(editing, source);
      if (!isPlainMap(value)) return undefined;
      // The first of several sources counts.
      for (const [key, field] of Object.entries(value)) if (!(key in merged)) merged[key] = field;
    }
  }
  return merged;
}

function meaningOf({ document, lost, planned }: Editing, source: unknown): unknown {
  const node: Node | undefined = isAlias(source) ? source.resolve(document) : isMap(source) ? source : undefined;
  if (!node || lost.has(node)) return undefined;
  return planned.has(node) ? planned.get(node) : node.toJS(document);
}
