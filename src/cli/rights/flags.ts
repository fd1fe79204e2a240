/** The flags of `bookend rights` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';
import type { SourceFlags } from '../reading/source.ts';

export type RightsFlags = GlobalFlags &
  SourceFlags & {
    account?: string;
    for?: string;
    subject?: string;
    instancesIn?: string[];
    check?: boolean;
    live?: boolean;
  };
