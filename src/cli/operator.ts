/** `bookend operator`: runs the operator; what the Deployment of charts/bookend starts. */
import { wallClock } from '../cluster/clock.ts';
import { ServerTime, serverClock } from '../cluster/kube/server-clock.ts';
import { BookendError } from '../errors.ts';
import type { GlobalFlags } from './flags.ts';
import { oneOf } from './flags.ts';
import { defaultSeedImage } from './seed-image.ts';
import type { AddVerb } from './verb.ts';

type OperatorFlags = GlobalFlags & {
  deployer: string;
  metricsPort: string;
  healthPort: string;
  seedImage: string;
  probeNamespace?: string;
  probePullSecrets?: string;
  guard?: string;
  metrics: string;
  webhook?: string;
  webhookPort: string;
  rightsPolicy?: string;
  logLevel: string;
  leaderElection: string;
};

const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export const addOperator: AddVerb = (program, run) => {
  program
    .command('operator')
    .description('Run the operator that installs and takes down ClusterOperators. Started by the chart, not by people.')
    .option('--deployer <name>', 'account of POD_NAMESPACE that acts where a ClusterOperator names none', 'bookend-deployer')
    .option('--metrics-port <port>', 'port of the Prometheus metrics', '8080')
    .option('--metrics <to>', 'loopback, or authenticated: by HTTPS to accounts that may get the URL /metrics', 'loopback')
    .option('--health-port <port>', 'port of /healthz and /readyz', '8081')
    .option('--seed-image <reference>', 'image of the tool that fills the copies of shares', defaultSeedImage)
    .option('--probe-namespace <name>', 'try image volumes with Pods in this namespace, which has nothing else; absent: never')
    .option('--probe-pull-secrets <names>', 'Secrets of that namespace to pull their image with, separated by commas')
    .option('--guard <names>', 'bindings of the policies that keep what the operator needs, separated by commas')
    .option('--webhook <name>', 'serve the admission webhook: its configuration, and its Service and Secret in POD_NAMESPACE')
    .option('--webhook-port <port>', 'port of the admission webhook', '9443')
    .option('--rights-policy <name>', 'act only on ClusterOperators that this ValidatingAdmissionPolicy has judged')
    .option('--log-level <level>', logLevels.join(', '), 'info')
    .option('--leader-election <bool>', 'true or false: whether several of these may run', 'true')
    .addHelpText('after', '\nEnvironment: POD_NAME and POD_NAMESPACE, both needed.')
    .action((_, command) =>
      run(async (surroundings) => {
        const flags: OperatorFlags = command.optsWithGlobals();
        const { environment, onSignal } = surroundings;
        const options = {
          podName: needed(environment, 'POD_NAME'),
          podNamespace: needed(environment, 'POD_NAMESPACE'),
          deployer: flags.deployer,
          metricsPort: port('--metrics-port', flags.metricsPort),
          healthPort: port('--health-port', flags.healthPort),
          seedImage: flags.seedImage,
          metrics: oneOf('--metrics', flags.metrics, ['loopback', 'authenticated'] as const),
          ...(flags.probeNamespace !== undefined && {
            probes: { namespace: flags.probeNamespace, pullSecrets: namesIn(flags.probePullSecrets) },
          }),
          guard: namesIn(flags.guard),
          ...(flags.webhook !== undefined && {
            webhook: { name: flags.webhook, port: port('--webhook-port', flags.webhookPort) },
          }),
          ...(flags.rightsPolicy !== undefined && { rightsPolicy: flags.rightsPolicy }),
          logLevel: oneOf('--log-level', flags.logLevel, logLevels),
          leaderElection: oneOf('--leader-election', flags.leaderElection, ['true', 'false']) === 'true',
        };
        const [{ runOperator }, { openForOperator }] = await Promise.all([import('../operator/main.ts'), import('./connect.ts')]);
        const abort = new AbortController();
        const serverTime = new ServerTime();
        const forget = onSignal(() => abort.abort());
        try {
          await runOperator({
            ...options,
            openCluster: (onRequest) => openForOperator(flags, onRequest, serverTime),
            clock: serverClock(serverTime, wallClock),
            signal: abort.signal,
          });
          return 0;
        } finally {
          forget();
        }
      }),
    );
};

function needed(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new BookendError('bad-input', `the environment variable ${name} is missing`, {
    field: name,
    advice: 'Set it by the downward API, as charts/bookend does.',
  });
}

/** As the chart joins them. */
function namesIn(text = ''): string[] {
  return text.split(',').filter((name) => name !== '');
}

function port(flag: string, text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new BookendError('bad-input', `${flag} cannot be "${text}"`, { field: flag, advice: 'Give a port from 0 to 65535.' });
}
