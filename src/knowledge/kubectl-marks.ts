/**
 * What `kubectl label` and `kubectl annotate` change: `key=value` sets, `key-` removes (kubectl's
 * `GetResourcesAndPairs`).
 */

export type Marks = { set: ReadonlyMap<string, string>; removed: ReadonlySet<string> };

/** Whether the verb takes changes behind the names. */
export function takesMarks(verb: string): boolean {
  return verb === 'label' || verb === 'annotate';
}

/** Whether a word is such a change and no name. */
export function isMark(word: string): boolean {
  return word.indexOf('=') > 0 || (word.endsWith('-') && word !== '-');
}

/** @param words changes only. @returns what is wrong with them, in words */
export function marksOf(words: readonly string[]): Marks | string {
  const set = new Map<string, string>();
  const removed = new Set<string>();
  for (const word of words) {
    const [, key, value] = /^([^=]+)=(.*)$/s.exec(word) ?? [];
    const name = key ?? word.slice(0, -1);
    if (!isKey(name)) return `${JSON.stringify(name)} is no key of a label or annotation`;
    if (value === undefined) removed.add(name);
    else set.set(name, value);
  }
  const both = [...removed].find((key) => set.has(key));
  return both === undefined ? { set, removed } : `${both} is set and removed in the same command`;
}

/** A qualified name: a DNS subdomain and a slash, which may be absent, and up to 63 characters. */
function isKey(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').reverse();
  if (more.length > 0 || !/^[A-Za-z0-9](?:[\w.-]{0,61}[A-Za-z0-9])?$/.test(name)) return false;
  return prefix === undefined || (prefix.length <= 253 && /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/.test(prefix));
}
