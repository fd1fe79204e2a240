/** The command line as data: what was asked for, checked before anything happens. */
import { Command, CommanderError, Option } from 'commander';
import { BookendError } from '../../src/errors.ts';
import type { ExistingCluster } from './cluster/existing.ts';

/** Which cluster: one of ours by name, or one that exists. */
export type Target = { kind: 'local'; name: string } | ({ kind: 'existing' } & ExistingCluster);

export type Request =
  | { verb: 'up'; target: Target; kubernetes?: string; images: boolean }
  | { verb: 'down'; target: Target }
  | { verb: 'status'; target: Target; output: 'text' | 'json' }
  | { verb: 'env'; target: Target }
  | { verb: 'load'; target: Target; tar: string }
  | { verb: 'help'; text: string };

type Options = {
  name?: string;
  kubeconfig?: string;
  context?: string;
  kubernetes?: string;
  images?: boolean;
  output?: 'text' | 'json';
};

/**
 * @param argv what follows the program's name.
 * @param environment BOOKEND_KUBECONFIG and BOOKEND_CONTEXT stand for the options of the same names.
 * @throws BookendError `bad-input`
 */
export function parseArguments(argv: readonly string[], environment: NodeJS.ProcessEnv = {}): Request {
  let request: Request | undefined;
  let text = '';
  const write = (more: string) => {
    text += more;
  };
  const program = new Command('npm run cluster --').description('A real Kubernetes on this machine in seconds').exitOverride();
  program.configureOutput({ writeOut: write, writeErr: write });
  const verb = (usage: string, description: string, build: (options: Options, target: Target, words: string[]) => Request) => {
    const command = program.command(usage).description(description);
    command
      .option('--name <NAME>', 'which local cluster; several run side by side (default: bookend)')
      .option('--kubeconfig <FILE>', 'use an existing cluster of this file instead (or BOOKEND_KUBECONFIG)')
      .option('--context <NAME>', 'use the existing cluster of this context instead (or BOOKEND_CONTEXT)')
      .exitOverride()
      .configureOutput({ writeOut: write, writeErr: write })
      .action(() => {
        const options = command.opts<Options>();
        request = build(options, targetOf(options, environment), command.processedArgs.map(String));
      });
    return command;
  };
  verb('up', 'start the cluster, or repair it; the first time, build its programs', ({ kubernetes, images = true }, target) => ({
    verb: 'up',
    target,
    images,
    ...(kubernetes === undefined ? {} : { kubernetes }),
  }))
    .option('--kubernetes <VERSION>', '1.35, 1.36 or 1.37 (default: the newest)')
    .option('--no-images', "do not build and load this project's images");
  verb('down', 'remove the cluster and everything that it left on the machine', (_options, target) => ({ verb: 'down', target }));
  verb('status', 'show what runs and what does not', ({ output = 'text' }, target) => ({
    verb: 'status',
    target,
    output,
  })).addOption(new Option('-o, --output <FORMAT>', 'text or json').choices(['text', 'json']));
  verb('env', 'print lines for a shell: eval "$(npm run -s cluster -- env)"', (_options, target) => ({ verb: 'env', target }));
  verb('load <IMAGE.tar>', 'load an image archive into the cluster', (_options, target, [tar = '']) => ({
    verb: 'load',
    target,
    tar,
  }));
  try {
    program.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || argv.length === 0) return { verb: 'help', text };
    throw new BookendError('bad-input', text.trim().replace(/^error: /, ''), { advice: 'See: npm run cluster -- --help' });
  }
  return request ?? { verb: 'help', text: program.helpInformation() };
}

function targetOf(options: Options, environment: NodeJS.ProcessEnv): Target {
  const named = { kubeconfig: options.kubeconfig, context: options.context };
  const asked = named.kubeconfig !== undefined || named.context !== undefined;
  if (asked && options.name !== undefined) {
    const message = '--name means a local cluster, --kubeconfig and --context an existing one: they exclude each other';
    throw new BookendError('bad-input', message, { field: '--name' });
  }
  if (options.name !== undefined) return { kind: 'local', name: options.name };
  if (asked) return { kind: 'existing', ...named };
  const fromEnvironment = {
    kubeconfig: environment.BOOKEND_KUBECONFIG || undefined,
    context: environment.BOOKEND_CONTEXT || undefined,
  };
  if (fromEnvironment.kubeconfig !== undefined || fromEnvironment.context !== undefined)
    return { kind: 'existing', ...fromEnvironment };
  return { kind: 'local', name: 'bookend' };
}
