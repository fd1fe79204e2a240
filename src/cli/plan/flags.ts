/** The flags of `bookend plan` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';
import type { SourceFlags } from '../reading/source.ts';

export type PlanFlags = GlobalFlags & SourceFlags & { everything?: boolean; of?: string[]; explain?: boolean; live?: boolean };
