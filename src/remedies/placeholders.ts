/**
 * Words in printed advice that stand for what only the reader knows. Somebody will copy them as they are, so a command
 * has one only with what to put there (`replace` of a step: `replace RELEASE with the name of the release`).
 */
import type { CommandStep } from './remedy.ts';

export const placeholders: ReadonlySet<string> = new Set([
  ...['RELEASE', 'CHART', 'NAMESPACE', 'NS', 'NAME', 'NAMES', 'KIND', 'RESOURCE', 'OBJECT', 'POD', 'CONTAINER', 'NODE'],
  ...['FILE', 'FILES', 'DIR', 'DIRECTORY', 'DIGEST', 'REFERENCE', 'IMAGE', 'USER', 'GROUP', 'ACCOUNT', 'TOKEN', 'CONTEXT'],
  ...['REVISION', 'VERSION', 'VALUE', 'SHARE', 'TARGETS'],
]);

/** The first that nothing explains. */
export function unexplainedIn({ argv, replace = {} }: CommandStep): string | undefined {
  return argv.find((word) => placeholders.has(word) && !Object.hasOwn(replace, word));
}
