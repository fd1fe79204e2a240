/**
 * How much of what others can make in number goes into a status, an order, a sentence or memory. Everything beyond a bound is counted in words, never dropped
 * in silence.
 */

/** Names of objects in one sentence: enough to begin with, short enough to be read. */
export const mostNamed = 3;

/**
 * Objects of one kind that are read to learn whether anything of others is in a Namespace. One is enough to know it; the others only give names and a count.
 */
export const mostLookedAt = 100;
