/** The flags that every verb understands, and the checks of flags that several share. */
import type { Command } from 'commander';
import { BookendError, isCode } from '../errors.ts';
import { parseDuration } from '../teardown/duration.ts';
import { version } from './build.ts';

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

/** Manifests as input. */
export function addFileFlags(command: Command, recursive = 'with -f: read subdirectories too'): Command {
  return command
    .option('-f, --filename <file>', 'file or directory of manifests, or - for standard input; may be repeated', collect)
    .option('-R, --recursive', recursive);
}

/** A release, a chart or manifests as input. */
export function addSourceFlags(command: Command): Command {
  const what = 'an installed Helm release, or the directory or archive of a chart';
  return addFileFlags(
    command.argument('[what]', what).option('--release <name>', 'installed Helm release, where a directory has its name'),
  );
}

/** Where the findings go, and what counts as a failure. */
export function addReportFlags(command: Command): Command {
  return command
    .option('--output-file <file>', 'write the report to this file, and the verdict to standard error')
    .option('--sarif-file <file>', 'also write a SARIF report to this file')
    .option('--fail-on <severity>', 'lowest severity that gives exit code 1: error, warning, note or never', 'error')
    .option('--baseline <file>', 'findings in this file are known: report them as suppressed, and do not fail')
    .option('--write-baseline <file>', 'write the findings to this file as a baseline, and end with 0')
    .option('--seed <number>', 'seed of the simulated cluster; the same seed gives the same result', '1');
}

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

/** Of `--seed-image`, for every verb that has it. */
export const defaultSeedImage = `registry.bookend.dev/seed:${version}`;
