/** The flags of `bookend lint` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type LintFlags = GlobalFlags & {
  filename?: string[];
  recursive?: boolean;
  explain?: string;
  with?: string;
  values?: string[];
  set?: string[];
  setString?: string[];
  outputFile?: string;
  sarifFile?: string;
  failOn?: string;
  baseline?: string;
  writeBaseline?: string;
  seed?: string;
};
