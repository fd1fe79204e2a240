/** The arguments of `npm test`. */
import { parseArgs } from 'node:util';
import { BookendError } from '../../src/errors.ts';
import { type StageName, stageNames } from './stage.ts';

export type TestArguments = {
  /** The stages to run, in their order. */
  stages: StageName[];
  /** Only tests whose names match this regular expression. */
  grep?: string;
  /** An existing cluster in place of the local one. */
  kubeconfig?: string;
  context?: string;
  /** Only unit tests that the changes of the working tree touch. */
  changed: boolean;
  /** Goes on with every change. */
  watch: boolean;
  help: boolean;
};

/** `npm run check`: what needs no root, no Go and no cluster. */
const fastStages: readonly StageName[] = ['types', 'lint', 'imports', 'generated', 'unit'];

export const help = `npm test -- [flags]

Runs everything: ${stageNames.join(', ')}.

  --only STAGE[,STAGE]   only these stages; may be repeated
  --fast                 only ${fastStages.join(', ')}: no root, no Go, no cluster (npm run check)
  --changed              --fast, and only unit tests that a change since the main branch touches
  --watch                --changed, again and again, whenever a file changes
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
  if (only.length === 0 && (fast || changed)) only.push(...fastStages);
  const wanted = only.flatMap((value) => value.split(',')).filter((value) => value !== '');
  const unknown = wanted.filter((value) => !stageNames.some((name) => name === value));
  if (unknown.length > 0) {
    throw new BookendError('bad-input', `--only: there is no stage ${unknown.join(', ')}`, {
      field: '--only',
      advice: `There are ${stageNames.join(', ')}.`,
    });
  }
  const existing = kubeconfig !== undefined || context !== undefined;
  return {
    stages: stageNames.filter((name) =>
      wanted.length > 0 ? wanted.includes(name) : isUsual(name, grep !== undefined, existing),
    ),
    ...(grep !== undefined && { grep }),
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    changed,
    watch,
    help: wantsHelp,
  };
}

/** Checks have no names to match; and tests that start clusters of their own say nothing about an existing one. */
function isUsual(name: StageName, grep: boolean, existing: boolean): boolean {
  if (grep && ['types', 'lint', 'imports', 'generated', 'cluster'].includes(name)) return false;
  return !(existing && name === 'local-cluster');
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
