/**
 * Finds the smallest changes of a text that give it another meaning: it compares each value with the meaning of its
 * node, and writes only differences. It follows aliases, so that a change at an anchor does not change its aliases.
 */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { isMap as isPlainMap, mapOf } from '../../../objects/fields.ts';
import { aligned } from './align.ts';
import { extentsOf, insertInBlock, removeFromBlock } from './block.ts';
import type { Editing } from './editing.ts';
import { flowExtentsOf, insertInFlow, removeFromFlow } from './flow.ts';
import { mergedInto } from './merges.ts';
import { keyOf, nodeOf, pairsOf, type Value } from './nodes.ts';
import { NotPlainText } from './plain-nodes.ts';
import { replace, type Slot } from './replace.ts';

/**
 * @param before what the node means now
 * @param after what it is to mean
 * @throws NotPlainText for a change within a node that is closed
 */
export function change(editing: Editing, node: Value, before: unknown, after: unknown, slot: Slot | undefined): void {
  if (node) editing.planned.set(node, after);
  const same = isDeepStrictEqual(before, after);
  if (same && !editing.hasAliases) return;
  if (editing.closed.has(node)) throw new NotPlainText();
  if (isWrittenInside(editing, node, before, after, same)) return;
  if (!slot) throw new Error('a whole document cannot be rewritten');
  replace(editing, node, after, slot);
}

/** Whether the node means `after` once what is within it is changed; false if it must be rewritten. */
function isWrittenInside(editing: Editing, node: Value, before: unknown, after: unknown, same: boolean): boolean {
  if (isAlias(node)) return isDeepStrictEqual(meaningOf(editing, node.resolve(editing.document), before), after);
  if (isMap(node) && isPlainMap(after) && node.items.length > 0) return changeMap(editing, node, mapOf(before), after);
  const areLists = Array.isArray(before) && Array.isArray(after);
  if (isSeq(node) && areLists && node.items.length > 0) return changeList(editing, node, before, after);
  return same;
}

/** Nothing when the anchor will be gone. */
function meaningOf({ lost, planned }: Editing, target: Node | undefined, before: unknown): unknown {
  if (!target || lost.has(target)) return undefined;
  return planned.has(target) ? planned.get(target) : before;
}

type Fields = Record<string, unknown>;

/** @returns false if the map can only be rewritten */
function changeMap(editing: Editing, map: YAMLMap, before: Fields, after: Fields): boolean {
  const merged = mergedInto(editing, map);
  if (merged === undefined || Object.keys(merged).some((key) => !(key in after))) return false;
  const pairs = pairsOf(map);
  const kept = pairs.filter((pair) => keyOf(pair) in after);
  const written = new Set(kept.map(keyOf));
  const added = Object.keys(after).filter((key) => !written.has(key) && !isDeepStrictEqual(merged[key], after[key]));
  const removed = new Set(pairs.filter((pair) => !kept.includes(pair)).map((pair) => map.items.indexOf(pair)));
  if (kept.length === 0 || (map.flow && removed.size > 0 && added.length > 0)) return false;
  for (const pair of kept) {
    const key = keyOf(pair);
    change(editing, nodeOf(pair.value), before[key], after[key], { map, pair });
  }
  if (removed.size > 0) {
    if (map.flow) removeFromFlow(editing, flowExtentsOf(map), removed);
    else removeFromBlock(editing, extentsOf(map), removed);
  }
  for (const key of added) addPair(editing, map, key, after[key]);
  return true;
}

/** New keys stand at the end, but where Kubernetes' own order is well known. */
const standsBefore: Readonly<Record<string, string>> = { initContainers: 'containers' };

function addPair(editing: Editing, map: YAMLMap, key: string, value: unknown): void {
  const found = (map.items as Pair[]).findIndex((pair) => keyOf(pair) === standsBefore[key]);
  const index = found < 0 ? map.items.length : found;
  if (map.flow) insertInFlow(editing, map, index, [{ key, value }]);
  else insertInBlock(editing, map, extentsOf(map)[index - 1], [{ [key]: value }]);
}

/** @returns false if the list can only be rewritten */
function changeList(editing: Editing, list: YAMLSeq, before: readonly unknown[], after: readonly unknown[]): boolean {
  const matches = aligned(before, after);
  const removed = new Set(before.keys().filter((index) => !matches.some((match) => match.before === index)));
  const isAdding = matches.length < after.length;
  if (matches.length === 0 || (list.flow && removed.size > 0 && isAdding)) return false;
  for (const match of matches) {
    const item = nodeOf(list.items[match.before]);
    change(editing, item, before[match.before], after[match.after], { list, index: match.before });
  }
  if (removed.size > 0) {
    if (list.flow) removeFromFlow(editing, flowExtentsOf(list), removed);
    else removeFromBlock(editing, extentsOf(list), removed);
  }
  // The new ones between two that stay, or in front of the first, or behind the last.
  [{ before: -1, after: -1 }, ...matches].forEach((match, index) => {
    const values = after.slice(match.after + 1, matches[index]?.after ?? after.length);
    if (values.length === 0) return;
    if (list.flow) {
      const entries = values.map((value) => ({ value }));
      insertInFlow(editing, list, match.before + 1, entries);
    } else {
      const items = values.map((value) => [value]);
      insertInBlock(editing, list, extentsOf(list)[match.before], items);
    }
  });
  return true;
}
