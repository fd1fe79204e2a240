/** The flags of `bookend status` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type StatusFlags = GlobalFlags & { watch?: boolean };
