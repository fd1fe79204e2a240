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
    .option('--kubeconfig <file>', 'use this kubeconfig (default: KUBECONFIG, ~/.kube/config, or the Pod that this runs in)')
    .option('--context <name>', 'use this context of the kubeconfig')
    .option('--as <user>', 'act as this user (Kubernetes impersonation)')
    .option('--as-group <group>', 'and in this group; may be repeated', collect)
    .option('-n, --namespace <name>', 'namespace of what is named (default: that of the context)')
    .option('-o, --output <format>', 'text or json; some verbs know more');
}

/** The values of a chart, in Helm's own words. */
export function addChartFlags(command: Command): Command {
  return command
    .option('--values <file>', 'values for a chart, as Helm reads them; may be repeated', collect)
    .option('--set <key=value>', 'a value for a chart; may be repeated', collect)
    .option('--set-string <key=value>', 'a value for a chart that is text; may be repeated', collect);
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
    advice: `Give one of ${allowed.join(', ')}.`,
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
    throw new BookendError('bad-input', `${flag}: ${error.message}`, { field: flag });
  }
}
