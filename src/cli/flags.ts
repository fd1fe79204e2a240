/** The flags that every verb understands, and the checks of flags that several share. */
import type { Command } from 'commander';
import { BookendError, isCode } from '../errors.ts';
import { parseDuration } from '../teardown/duration.ts';

/** Where the cluster is, and who asks. */
export type ClusterFlags = {
  kubeconfig?: string;
  context?: string;
  as?: string;
  asGroup?: string[];
};

export type GlobalFlags = ClusterFlags & { namespace?: string; output?: string };

export function addGlobalFlags(program: Command): Command {
  return program
    .option('--kubeconfig <file>', 'kubeconfig file (default: KUBECONFIG, ~/.kube/config, or the account of the Pod)')
    .option('--context <name>', 'context of the kubeconfig')
    .option('--as <user>', 'user to impersonate')
    .option('--as-group <group>', 'group to impersonate, with --as; may be repeated', collect)
    .option('-n, --namespace <name>', 'namespace of the objects (default: that of the context)')
    .option('-o, --output <format>', 'output format: text, json; some verbs support more');
}

/** For `--help` of a verb: the exit codes that most verbs have. */
export const otherExitCodes =
  '2 bad input, 3 not found, 4 forbidden, 5 conflict,\n6 unreachable, 9 unsupported, 70 fault in Bookend';

/** The values of a chart, in Helm's own words. */
export function addChartFlags(command: Command): Command {
  return command
    .option('--values <file>', 'values file for a chart, as for helm; may be repeated', collect)
    .option('--set <key=value>', 'value for a chart, as for helm; may be repeated', collect)
    .option('--set-string <key=value>', 'string value for a chart, as for helm; may be repeated', collect);
}

/** A flag that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/**
 * `--output`, checked.
 * @throws BookendError `bad-input` for a format that the verb does not know.
 */
export function outputFormat<T extends string>(flags: GlobalFlags, formats: readonly T[]): T {
  return oneOf('--output', flags.output ?? formats[0] ?? '', formats);
}

/** @throws BookendError `bad-input` for a value that is none of these. Upper and lower case do not matter. */
export function oneOf<T extends string>(flag: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each.toLowerCase() === value.toLowerCase());
  if (found !== undefined) return found;
  throw new BookendError('bad-input', `${flag} cannot be "${value}"`, {
    field: flag,
    advice: `Use one of: ${allowed.join(', ')}.`,
  });
}

/**
 * A flag that is a duration, in ms.
 * @throws BookendError `bad-input`
 */
export function durationFlag(flag: string, text: string): number {
  if (text === '0') return 0;
  try {
    return parseDuration(text);
  } catch (error) {
    if (!isCode(error, 'bad-input')) throw error;
    throw new BookendError('bad-input', `${flag}: ${error.message}`, { field: flag, advice: `For example: ${flag} 5m` });
  }
}
