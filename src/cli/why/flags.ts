/** The flags of `bookend why` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type WhyFlags = GlobalFlags & { depth?: string; try?: boolean };
