/** Small pieces of the sentences in findings. */
import { describeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';

/** `Role a/b, Role a/c and 4 more`. */
export function namesOf(ids: readonly ObjectId[], most = 3): string {
  return listed(ids.map(describeId), most);
}

/** `a, b and c`, or `a, b and 4 more`. */
export function listed(texts: readonly string[], most = 3): string {
  if (texts.length <= 1) return texts[0] ?? '';
  if (texts.length <= most) return `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;
  return `${texts.slice(0, most - 1).join(', ')} and ${texts.length - most + 1} more`;
}

/** `1 object`, `3 objects`; the plural where adding an s is not it. */
export function count(number: number, one: string, many = `${one}s`): string {
  return number === 1 ? `1 ${one}` : `${number} ${many}`;
}

/** The word that fits one of them, or the one that fits several: `stays`, `stay`. */
export function agree(things: readonly unknown[] | number, one: string, many: string): string {
  return (typeof things === 'number' ? things : things.length) === 1 ? one : many;
}

/** The kinds of objects: `Widget and Gadget`. */
export function kindsOf(ids: readonly ObjectId[]): string {
  return listed([...new Set(ids.map((id) => parseId(id).kind))].sort());
}

/** A time of the play: `40 ms`, `1.2 s`, `35 s`. */
export function seconds(ms: number): string {
  if (ms < 100) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

/** Without doubles, in order. */
export function sorted(ids: Iterable<ObjectId>): ObjectId[] {
  return [...new Set(ids)].sort();
}

/** What the kubectl command calls it: `widget.example.com/name -n namespace`, quoted for a shell where it has to be. */
export function kubectlName(id: ObjectId): string {
  const { group, kind, namespace, name } = parseId(id);
  const resource = `${kind.toLowerCase()}${group === '' ? '' : `.${group}`}`;
  return shellCommand(`${resource}/${name}`, ...(namespace === undefined ? [] : ['-n', namespace]));
}
