/** Replaces a value by another one, in the style of its surroundings. */
import { isCollection, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';
import { extentsOf, replaceInBlock } from './block.ts';
import { columnOf, type Editing } from './editing.ts';
import { flowExtentsOf, flowPlaceOf } from './flow.ts';
import { type Collection, colonEnd, endOf, pairEnd, startOf, type Value } from './nodes.ts';
import { flowText, isFilled } from './render.ts';

/** Where a value stands. */
export type Slot = { map: YAMLMap; pair: Pair } | { list: YAMLSeq; index: number };

export function replace(editing: Editing, node: Value, after: unknown, slot: Slot): void {
  const collection = 'map' in slot ? slot.map : slot.list;
  if (collection.flow) replaceInFlow(editing, after, slot, collection);
  else if (node && isCollection(node) && node.flow && node.items.length > 0) replaceFlowInBlock(editing, node, after);
  else replaceBlockValue(editing, after, slot);
}

function replaceInFlow(editing: Editing, after: unknown, slot: Slot, collection: Collection): void {
  const extents = flowExtentsOf(collection);
  const place = flowPlaceOf(editing, collection, extents);
  const text = flowText(after, place);
  if ('list' in slot) {
    editing.splices.push({ ...(extents[slot.index] ?? { start: 0, end: 0 }), text });
    return;
  }
  const [end, colon] = [pairEnd(slot.pair), colonEnd(slot.pair)];
  const space = place.compact ? '' : ' ';
  editing.splices.push({ start: colon ?? end, end, text: `${colon === undefined ? ':' : ''}${space}${text}` });
}

/** A value in braces or brackets stays one. */
function replaceFlowInBlock(editing: Editing, node: Collection, after: unknown): void {
  const place = flowPlaceOf(editing, node, flowExtentsOf(node));
  const { indentation: _, ...inOneLine } = place;
  editing.splices.push({ start: startOf(node), end: endOf(node), text: flowText(after, inOneLine) });
}

function replaceBlockValue(editing: Editing, after: unknown, slot: Slot): void {
  const { style, text, splices } = editing;
  const collection = 'map' in slot ? slot.map : slot.list;
  const column = columnOf(editing, startOf(collection));
  const place = placeOf(slot);
  if (isFilled(after)) {
    const step = 'list' in slot ? 2 : Array.isArray(after) ? style.listStep : style.mapStep;
    replaceInBlock(editing, { ...place, column: column + step, isItem: 'list' in slot }, after);
    return;
  }
  const value = flowText(after, { json: false, unit: '', endOfLine: style.endOfLine, compact: false });
  const end = place.from + text.slice(place.from, place.end).trimEnd().length;
  splices.push({ start: place.from, end, text: ` ${value}` });
}

/** From behind the colon or dash to the end of the value. */
function placeOf(slot: Slot): { from: number; end: number } {
  if ('map' in slot) {
    const end = pairEnd(slot.pair);
    return { from: colonEnd(slot.pair) ?? end, end };
  }
  const { start, end } = extentsOf(slot.list)[slot.index] ?? { start: 0, end: 0 };
  return { from: start + 1, end };
}
