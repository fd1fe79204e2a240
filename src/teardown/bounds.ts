/**
 * How much of what others can make in number goes into a status, an order, a sentence or memory. Everything beyond a
 * bound is counted in words, never dropped in silence.
 */

/** Names of objects in one sentence: enough to begin with, short enough to be read. */
export const mostNamed = 3;

/**
 * Objects of one kind that are read to learn whether anything of others is in a Namespace. One is enough to know it;
 * the others only give names and a count.
 */
export const mostLookedAt = 100;

/**
 * Custom resources of a ClusterOperator's own kinds in its order. Whoever may create them could make any number; an
 * order is written into the status, and etcd refuses objects above 1.5 MiB. So many take 200 kB of it at most.
 */
export const mostInOrder = 500;

/**
 * The same where no order is written down, on the command line: what a plan of so many steps takes in memory and time.
 */
export const mostInMemory = 10_000;

/**
 * UIDs of what stands between one step of an order and its Pods: a Deployment has one ReplicaSet with Pods, a custom
 * resource what its operator made. A tenant who may create ReplicaSets could give one of ours any number of them. The
 * Pods of what is beyond the bound are waited for, and not forced.
 */
export const mostBetween = 100;

/** The same for all steps of an order together: 40 kB of a status. */
export const mostBetweenInAll = 1_000;

/**
 * Characters of one blocker: names and finalizers in it are written by others. Long enough for three of the longest
 * names.
 */
export const longestBlocker = 1_000;

/** Characters of a sentence that stands in a status many times: with `mostListed` of them it takes 30 kB. */
export const longestListed = 300;

/** Entries of each list in the status that says how a teardown stands: objects, failed hooks, what was not seen. */
export const mostListed = 100;

/**
 * Events about failed preStop hooks that are remembered. Whoever may create Events can write as many as he likes about
 * any Pod; beyond this bound it is said that not all were read.
 */
export const mostHookEvents = 1_000;

/** Things done by force that have an Event of their own; the log of the operator names all. */
export const mostForcedEvents = 100;

/** The text, cut where it is longer. */
export function cut(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
}

/** The first entries, and where there are more a last one that counts them. */
export function firstOf(texts: readonly string[], most: number, what: string): string[] {
  if (texts.length <= most) return [...texts];
  return [...texts.slice(0, most - 1), `and ${(texts.length - most + 1).toLocaleString('en-US')} more ${what}`];
}
