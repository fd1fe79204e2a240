/**
 * Limits for input from files, charts and releases. Real input is far below. Larger input exists to exhaust memory,
 * time or the stack of its reader.
 */

/**
 * Levels of maps and lists in each other. The deepest definitions in use have about 60. Reading and comparing go one
 * call deeper for each level, and Node's stack holds about 800 of the YAML library's.
 */
export const mostLevels = 200;

/**
 * Anchors, aliases and tags of one text: each alias is looked up among all anchors, each tag among all known. People
 * use a dozen.
 */
export const mostMarks = 1_000;

/**
 * Maps and lists that are keys of maps: each is written out for every map that it is in. No object of Kubernetes has
 * any; a template that nobody has rendered has.
 */
export const mostMadeKeys = 100;

/** Characters of one text: a hundred times the largest chart in use. Node itself holds no more than 512 Mi in one. */
export const longestText = 128 * 1024 * 1024;
