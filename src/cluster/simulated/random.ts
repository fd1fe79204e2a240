/**
 * Chance that can be repeated: every choice the simulated cluster makes (names, UIDs, delays, order of equal timers)
 * comes from a seed, so that a failing run is found again by its seed alone.
 */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number between both ends, each included. */
  between(min: number, max: number): number;
  pick<T>(choices: readonly T[]): T | undefined;
  /** A generator of its own, so that using it more often does not shift the choices made elsewhere. */
  fork(name: string): Random;
}

/** A fixed value, or a range out of which each use draws anew. Milliseconds. */
export type Range = number | readonly [min: number, max: number];

export function makeRandom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32 (Tommy Ettinger): 32 bits of state, well mixed, and quick.
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (min, max) => min + Math.floor(next() * (max - min + 1)),
    pick: (choices) => choices[Math.floor(next() * choices.length)],
    fork: (name) => makeRandom(hash(`${seed}/${name}`)),
  };
}

/** A value out of a range. */
export function draw(random: Random, range: Range): number {
  return typeof range === 'number' ? range : random.between(range[0], range[1]);
}

/** A UUID (version 4 in form) from chance. */
export function makeUid(random: Random): string {
  const [first, second, third, fourth] = [word(random), word(random), word(random), word(random)];
  return `${first}-${second.slice(0, 4)}-4${second.slice(5)}-a${third.slice(1, 4)}-${third.slice(4)}${fourth}`;
}

function word(random: Random): string {
  return Math.floor(random.next() * 4294967296)
    .toString(16)
    .padStart(8, '0');
}

/** What the API server appends to `generateName`: five characters without vowels (apimachinery `rand.String`). */
export function nameSuffix(random: Random): string {
  let suffix = '';
  for (let index = 0; index < 5; index++) suffix += safe[random.between(0, safe.length - 1)];
  return suffix;
}

/**
 * A short, stable name for a content, as controllers give to Pod templates (`rand.SafeEncodeString`). Remembered for as
 * long as the content lives.
 */
export function contentName(content: object): string {
  const known = contentNames.get(content);
  if (known !== undefined) return known;
  let rest = hash(JSON.stringify(content));
  let name = '';
  for (let index = 0; index < 8; index++) {
    name += safe[rest % safe.length];
    rest = (Math.floor(rest / safe.length) + Math.imul(rest, 31)) & 0x7fffffff;
  }
  contentNames.set(content, name);
  return name;
}

const contentNames = new WeakMap<object, string>();
const safe = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
}
