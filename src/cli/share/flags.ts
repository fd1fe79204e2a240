/** The flags of `bookend share` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

/** The flags as commander gives them. */
export type ShareFlags = GlobalFlags & {
  filename?: string[];
  name?: string;
  mode?: string;
  medium?: string;
  sizeLimit?: string;
  fromAnnotations?: boolean;
  workload?: string[];
  selector?: string;
  inPlace?: boolean;
  diff?: boolean;
  explain?: boolean;
  cluster?: boolean;
  probe?: boolean;
  seedImage: string;
};
