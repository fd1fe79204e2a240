/** The flags of `bookend preview` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';
import type { SourceFlags } from '../reading/source.ts';

export type PreviewFlags = GlobalFlags &
  SourceFlags & {
    with?: string;
    wait?: boolean;
    hooks?: boolean;
    timeout?: string;
    live?: boolean;
    outputFile?: string;
    sarifFile?: string;
    failOn?: string;
    baseline?: string;
    writeBaseline?: string;
    seed?: string;
  };
