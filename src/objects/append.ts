/** Adds a value to a list in a map of lists. `Map.groupBy` would need a list of pairs first. */
export function append<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
