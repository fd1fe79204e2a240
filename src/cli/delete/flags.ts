/** The flags of `bookend delete` as commander gives them. */
import type { GlobalFlags } from '../flags.ts';

export type DeleteFlags = GlobalFlags & {
  all?: boolean;
  allNamespaces?: boolean;
  selector?: string;
  release?: string;
  releaseNamespace?: string;
  targets?: string;
  order?: string;
  ignoreNotFound?: boolean;
  timeout?: string;
  onTimeout?: string;
  onKeep?: string;
  objectTimeout?: string;
  dryRun?: boolean;
  failOnHook?: boolean;
};
