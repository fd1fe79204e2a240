/** The arguments of `npm test`. */
import { parseArgs } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import { kubernetesRelease } from '../local-cluster/versions.ts';
import { longStages, type StageName, stageNames } from './stage.ts';

export type TestArguments = {
  /** The stages to run, in their order. */
  stages: StageName[];
  /** Only tests whose names match this regular expression. */
  grep?: string;
  /** An existing cluster in place of the local one. */
  kubeconfig?: string;
  context?: string;
  /** A full version of the local cluster, in place of the newest. */
  kubernetes?: string;
  /** Only unit tests that the changes of the working tree touch. */
  changed: boolean;
  /** Goes on with every change. */
  watch: boolean;
  help: boolean;
};

/** `npm run check`: what needs no root, no Go and no cluster. */
const fastStages: readonly StageName[] = ['types', 'lint', 'imports', 'generated', 'unit'];

/** What depends on the version of Kubernetes. The simulated cluster is held to the newest one only. */
const clusterStages: readonly StageName[] = ['e2e', 'charts', 'contract', 'attacks'];

export const help = `npm test -- [flags]

Runs ${stageNames.filter((name) => !longStages.includes(name)).join(', ')}.
Only when named, because they take long: ${longStages.join(', ')}.

  --only STAGE[,STAGE]   only these stages; may be repeated
  --fast                 only ${fastStages.join(', ')}: no root, no Go, no cluster (npm run check)
  --changed              --fast, and only unit tests that a change since the main branch touches
  --watch                --changed, again and again, whenever a file changes
  --kubernetes VERSION   only ${clusterStages.join(', ')}: on a local cluster of this version (1.35, 1.36)
  --grep PATTERN         only tests whose names match
  --kubeconfig FILE      use an existing cluster in place of the local one
  --context NAME         and this context of it
  --help                 this text

Logs of each stage: .cache/test/. The last line is "N passed, N failed".
`;

/**
 * @throws BookendError `bad-input`
 */
export function parseArguments(args: string[]): TestArguments {
  const flags = flagsOf(args);
  const { only = [], grep, kubeconfig, context, help: wantsHelp = false, fast = false, watch = false } = flags;
  const changed = flags.changed ?? watch;
  const kubernetes = flags.kubernetes === undefined ? undefined : kubernetesRelease(flags.kubernetes);
  if (only.length === 0 && (fast || changed)) only.push(...fastStages);
  if (only.length === 0 && kubernetes !== undefined) only.push(...clusterStages);
  const wanted = only.flatMap((value) => value.split(',')).filter((value) => value !== '');
  const unknown = wanted.filter((value) => !stageNames.some((name) => name === value));
  if (unknown.length > 0) {
    throw new BookendError('bad-input', `--only: there is no stage ${unknown.join(', ')}`, {
      field: '--only',
      advice: `There are ${stageNames.join(', ')}.`,
    });
  }
  const existing = kubeconfig !== undefined || context !== undefined;
  if (existing && kubernetes !== undefined) {
    throw new BookendError('bad-input', '--kubernetes is the version of a local cluster, and an existing cluster has its own', {
      field: '--kubernetes',
      advice: 'Omit --kubernetes, or --kubeconfig and --context.',
    });
  }
  return {
    stages: stageNames.filter((name) =>
      wanted.length > 0 ? wanted.includes(name) : isUsual(name, grep !== undefined, existing),
    ),
    ...(grep !== undefined && { grep }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(kubernetes !== undefined && { kubernetes }),
    changed,
    watch,
    help: wantsHelp,
  };
}

/**
 * What takes long is asked for by its name. Checks have no names to match; and tests that start clusters of their own
 * say nothing about an existing one.
 */
function isUsual(name: StageName, grep: boolean, existing: boolean): boolean {
  if (grep && ['types', 'lint', 'imports', 'generated', 'cluster'].includes(name)) return false;
  return !longStages.includes(name) && !(existing && name === 'local-cluster');
}

function flagsOf(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string', multiple: true },
        grep: { type: 'string' },
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        kubernetes: { type: 'string' },
        fast: { type: 'boolean' },
        changed: { type: 'boolean' },
        watch: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    throw new BookendError('bad-input', error instanceof Error ? error.message : String(error), {
      advice: 'See npm test -- --help.',
    });
  }
}
