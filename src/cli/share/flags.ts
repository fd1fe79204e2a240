/** The flags of `bookend share` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type ShareFlags = GlobalFlags & {
  filename?: string[];
  recursive?: boolean;
  name?: string;
  mode?: string;
  medium?: string;
  sizeLimit?: string;
  fromAnnotations?: boolean;
  list?: boolean;
  remove?: string[];
  workload?: string[];
  selector?: string;
  templatePath?: string;
  inPlace?: boolean;
  diff?: boolean;
  explain?: boolean;
  quiet?: boolean;
  cluster?: boolean;
  probe?: boolean;
  seedImage: string;
};
