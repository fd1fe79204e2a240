/** `bookend operator`: runs the operator. The Deployment of charts/bookend starts it. */
import { wallClock } from '../cluster/clock.ts';
import { ServerTime, serverClock } from '../cluster/kube/server-clock.ts';
import { BookendError } from '../errors.ts';
import { defaultSeedImage, type GlobalFlags, oneOf } from './flags.ts';
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
    .description('Run the operator. The chart starts it, not a person.')
    .option('--deployer <name>', 'ServiceAccount in POD_NAMESPACE for ClusterOperators that name none', 'bookend-deployer')
    .option('--metrics-port <port>', 'port of /metrics', '8080')
    .option(
      '--metrics <loopback|authenticated>',
      'authenticated: by HTTPS, to accounts that may get the URL /metrics',
      'loopback',
    )
    .option('--health-port <port>', 'port of /healthz and /readyz', '8081')
    .option('--seed-image <reference>', 'image of the tool that copies files for shares', defaultSeedImage)
    .option('--probe-namespace <name>', 'dedicated namespace for Pods that test image volumes; absent: no tests')
    .option('--probe-pull-secrets <names>', 'pull Secrets in that namespace, separated by commas')
    .option('--guard <names>', 'bindings of the guard policies, separated by commas')
    .option(
      '--webhook <name>',
      'name of the webhook configuration, and of its Service and Secret in POD_NAMESPACE; absent: no webhook',
    )
    .option('--webhook-port <port>', 'port of the admission webhook', '9443')
    .option('--rights-policy <name>', 'process only ClusterOperators that this ValidatingAdmissionPolicy has checked')
    .option('--log-level <level>', logLevels.join(', '), 'info')
    .option('--leader-election <true|false>', 'true: several replicas may run', 'true')
    .addHelpText('after', '\nEnvironment: POD_NAME and POD_NAMESPACE are required.')
    .action((_, command) =>
      run(async (invocation) => {
        const flags: OperatorFlags = command.optsWithGlobals();
        const { environment, onSignal } = invocation;
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
  throw new BookendError('bad-input', `the environment variable ${name} is not set`, {
    field: name,
    advice: 'Set it with the downward API, as charts/bookend does.',
  });
}

/** As the chart joins them. */
function namesIn(text = ''): string[] {
  return text.split(',').filter((name) => name !== '');
}

function port(flag: string, text: string): number {
  const number = Number(text);
  if (/^\d{1,5}$/.test(text) && number <= 65_535) return number;
  throw new BookendError('bad-input', `${flag} cannot be "${text}"`, { field: flag, advice: 'Use a port from 0 to 65535.' });
}
