/** The flags of `bookend residue` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type ResidueFlags = GlobalFlags & {
  chart?: string;
  values?: string[];
  set?: string[];
  setString?: string[];
  checkReinstall?: boolean;
  include?: string[];
  delete?: string;
  save?: string;
  timeout?: string;
};
