/** The flags of `bookend lint` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type LintFlags = GlobalFlags & {
  filename?: string[];
  recursive?: boolean;
  with?: string;
  values?: string[];
  set?: string[];
  setString?: string[];
  outputFile?: string;
  sarifFile?: string;
  failOn?: string;
  seed?: string;
};
