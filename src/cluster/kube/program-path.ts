/**
 * Where programs are looked for. A PATH with an empty or relative entry would run what lies in the current directory:
 * the `helm` of a repository that somebody has just cloned. Go refuses those as well (`exec.ErrDot`), and with it
 * kubectl and Helm.
 */
import { delimiter, isAbsolute } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** The same environment, its PATH without entries that depend on the current directory. */
export function withoutRelativePath(environment: Environment): Record<string, string | undefined> {
  const entries = (environment.PATH ?? '').split(delimiter).filter((entry) => isAbsolute(entry));
  // An empty PATH means the current directory, and a missing one does so on old systems.
  return { ...environment, PATH: entries.join(delimiter) || ['/usr/bin', '/bin'].join(delimiter) };
}
