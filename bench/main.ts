/**
 * `npm run bench [-- NAME…] [--quick] [--rounds N] [--contenders NAMES] [--json]`: what Bookend costs, measured on this
 * machine in this run. The JSON document goes to standard output, progress to standard error. `--kubeconfig FILE` and
 * `--context NAME` measure an existing cluster.
 */
import { BookendError } from '../src/errors.ts';
import { type Lab, openLab } from '../tools/lab/lab.ts';
import { createProgress, type Progress } from '../tools/local-cluster/index.ts';
import { parseArguments } from './arguments.ts';
import { machine, withLoad } from './machine.ts';

export type Stage = {
  lab: () => Promise<Lab>;
  progress: Progress;
  /** Fewer objects and fewer rounds: to see that the benchmark works, and about where the figures are. */
  quick: boolean;
  /** The cluster was named, and is not one of ours. */
  existing: boolean;
  /** Instead of the benchmark's own number. */
  rounds?: number;
  /** Instead of all, where tools are compared. */
  contenders?: readonly string[];
};

export type Bench = (stage: Stage) => Promise<object>;

/** One file each, loaded when it is asked for. */
const benches = {
  throughput: { unnamed: 'always', load: async () => (await import('./throughput.ts')).throughput },
  teardown: { unnamed: 'always', load: async () => (await import('./teardown.ts')).teardown },
  uninstall: { unnamed: 'unless-quick', load: async () => (await import('./uninstall.ts')).uninstall },
  helm: { unnamed: 'unless-quick', load: async () => (await import('./helm.ts')).helm },
  footprint: { unnamed: 'unless-quick', load: async () => (await import('./footprint.ts')).footprint },
  share: { unnamed: 'unless-quick', load: async () => (await import('./share.ts')).share },
  plan: { unnamed: 'unless-quick', load: async () => (await import('./plan.ts')).plan },
  preview: { unnamed: 'unless-quick', load: async () => (await import('./preview.ts')).preview },
  snapshot: { unnamed: 'unless-quick', load: async () => (await import('./snapshot.ts')).snapshot },
  'whole-cluster': { unnamed: 'unless-quick', load: async () => (await import('./whole-cluster.ts')).wholeCluster },
  scale: { unnamed: 'never', load: async () => (await import('./scale.ts')).scale },
} as const satisfies Record<string, { unnamed: 'always' | 'unless-quick' | 'never'; load: () => Promise<Bench> }>;

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)
  process.once(signal, () => process.exit(code));

try {
  const { names, quick, rounds, contenders, kubeconfig, context } = parseArguments(process.argv.slice(2), benches);
  const progress = createProgress({ stream: process.stderr });
  let opened: Promise<Lab> | undefined;
  const existing = [kubeconfig, context, process.env.BOOKEND_KUBECONFIG, process.env.BOOKEND_CONTEXT].some(Boolean);
  const clusterName = process.env.BOOKEND_E2E_CLUSTER;
  const lab = () => {
    opened ??= openLab({ ...(clusterName !== undefined && { name: clusterName }), kubeconfig, context, progress });
    return opened;
  };
  const results = await withLoad(async () => {
    const all: Record<string, object> = {};
    for (const name of names) {
      const bench = await benches[name as keyof typeof benches].load();
      const options = { ...(rounds !== undefined && { rounds }), ...(contenders && { contenders }) };
      all[name] = await withLoad(() => bench({ lab, progress, quick, existing, ...options }));
    }
    return all;
  });
  const { loadAverage, ...measured } = results;
  const kubernetes = await (await opened)?.cluster.version();
  process.stdout.write(`${JSON.stringify({ machine: { ...machine(kubernetes), loadAverage }, ...measured }, null, 2)}\n`);
  await (await opened)?.close();
} catch (error) {
  process.stderr.write(
    `${error instanceof BookendError ? `${error.message}\n${error.advice}` : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof BookendError ? error.exitCode : 70;
}
