/** Positions of the parts of a YAML document in its text. */
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node, type Pair, type YAMLMap, type YAMLSeq } from 'yaml';

export type Collection = YAMLMap | YAMLSeq;

/** A node, or nothing: `{a}` has a key without any value. */
export type Value = Node | null;

export function nodeOf(value: unknown): Value {
  return isScalar(value) || isCollection(value) || isAlias(value) ? value : null;
}

export function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

/** Behind the last character that means something: what follows is space, comments and ends of lines. */
export function endOf(node: Node): number {
  if (isCollection(node) && !node.flow) {
    const last = node.items.at(-1);
    if (isPair(last)) return pairEnd(last);
    const [item, dash] = [nodeOf(last), dashes(node as YAMLSeq).at(-1) ?? 0];
    return item && !isAbsent(item) ? endOf(item) : dash + 1;
  }
  return node.range?.[1] ?? 0;
}

/** Where the key begins. */
export function pairStart(pair: Pair): number {
  const key = nodeOf(pair.key);
  const first = pair.srcToken?.start.find(({ type }) => type === 'explicit-key-ind' || isProperty(type));
  return first?.offset ?? (key ? startOf(key) : 0);
}

export function pairEnd(pair: Pair): number {
  const [key, value] = [nodeOf(pair.key), nodeOf(pair.value)];
  const properties = pair.srcToken?.sep?.findLast(({ type }) => isProperty(type));
  return Math.max(
    key ? endOf(key) : 0,
    colonEnd(pair) ?? 0,
    properties ? properties.offset + properties.source.length : 0,
    value && !isAbsent(value) ? endOf(value) : 0,
  );
}

/** Anchors and tags stand in front of what they are about. */
export function isProperty(type: string): boolean {
  return type === 'anchor' || type === 'tag';
}

/** `volumes:` with nothing behind it: the node stands for null, somewhere behind the comments. */
function isAbsent(node: Node): boolean {
  return isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
}

/** Behind the colon; undefined where there is none. */
export function colonEnd(pair: Pair): number | undefined {
  const colon = pair.srcToken?.sep?.find(({ type }) => type === 'map-value-ind');
  return colon && colon.offset + colon.source.length;
}

/** Offsets of the dashes of a list in block style, one for each item. */
export function dashes(sequence: YAMLSeq): number[] {
  const { srcToken } = sequence;
  if (srcToken?.type !== 'block-seq') return [];
  return srcToken.items.flatMap(({ start }) => start.filter(({ type }) => type === 'seq-item-ind').map(({ offset }) => offset));
}

/** The key as text, as JSON has it. */
export function keyOf(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

/** `<<: *anchor`: what is merged into the map from elsewhere. */
export function isMerge(pair: Pair): boolean {
  const { key } = pair;
  if (!isScalar(key) || (key.type !== undefined && key.type !== 'PLAIN')) return false;
  return key.value === '<<' || (typeof key.value === 'symbol' && key.value.description === '<<');
}

/** The pairs that count: of several with the same key the last one. */
export function pairsOf(map: YAMLMap): Pair[] {
  const pairs = map.items.filter((pair) => !isMerge(pair));
  const last = new Map(pairs.map((pair) => [keyOf(pair), pair]));
  return pairs.filter((pair) => last.get(keyOf(pair)) === pair);
}

/** Whether keys are in quotes, as in JSON; undefined when there are none. */
export function hasQuotedKeys(node: Node): boolean | undefined {
  if (isMap(node)) {
    const [first] = node.items;
    return first && isScalar(first.key) ? first.key.type === 'QUOTE_DOUBLE' : undefined;
  }
  if (!isSeq(node)) return undefined;
  return node.items.map((item) => (isMap(item) ? hasQuotedKeys(item) : undefined)).find((each) => each !== undefined);
}
