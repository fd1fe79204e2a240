/**
 * `npm run bench [-- NAME…] [--json]`: what Bookend costs, measured on this machine in this run. Without names all of
 * them; the JSON document goes to standard output, progress to standard error. `--kubeconfig FILE` and `--context NAME`
 * measure an existing cluster.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { BookendError } from '../src/errors.ts';
import { type Lab, openLab } from '../tools/lab/lab.ts';
import { createProgress, type Progress } from '../tools/local-cluster/index.ts';

export type Bench = (stage: { lab: () => Promise<Lab>; progress: Progress }) => Promise<object>;

/** One file each, loaded when it is asked for. */
const benches: Record<string, () => Promise<Bench>> = {
  teardown: async () => (await import('./teardown.ts')).teardown,
  plan: async () => (await import('./plan.ts')).plan,
  footprint: async () => (await import('./footprint.ts')).footprint,
  throughput: async () => (await import('./throughput.ts')).throughput,
  helm: async () => (await import('./helm.ts')).helm,
  preview: async () => (await import('./preview.ts')).preview,
  share: async () => (await import('./share.ts')).share,
  uninstall: async () => (await import('./uninstall.ts')).uninstall,
  snapshot: async () => (await import('./snapshot.ts')).snapshot,
};

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'boolean', default: false }, kubeconfig: { type: 'string' }, context: { type: 'string' } },
});

try {
  const names = positionals.length > 0 ? positionals : Object.keys(benches);
  const unknown = names.find((name) => !(name in benches));
  if (unknown)
    throw new BookendError('bad-input', `there is no benchmark "${unknown}"; there are: ${Object.keys(benches).join(', ')}`);
  const progress = createProgress({ stream: process.stderr });
  let opened: Promise<Lab> | undefined;
  const clusterName = process.env.BOOKEND_E2E_CLUSTER;
  const lab = () => {
    opened ??= openLab({
      ...(clusterName !== undefined && { name: clusterName }),
      kubeconfig: flags.kubeconfig,
      context: flags.context,
      progress,
    });
    return opened;
  };
  const results: Record<string, object> = {};
  for (const name of names) {
    const bench = await benches[name]?.();
    if (bench) results[name] = await bench({ lab, progress });
  }
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  process.stdout.write(`${JSON.stringify({ machine, ...results }, null, 2)}\n`);
  await (await opened)?.close();
} catch (error) {
  process.stderr.write(
    `${error instanceof BookendError ? `${error.message}\n${error.advice}` : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exitCode = error instanceof BookendError ? error.exitCode : 70;
}
