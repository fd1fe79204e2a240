/**
 * `npm run cluster -- up | down | status | env | load`: results go to the standard output, everything else to the
 * standard error.
 */
import { BookendError } from '../../src/errors.ts';
import { parseArguments, type Request, type Target } from './arguments.ts';
import { shellExports } from './cluster/environment.ts';
import { checkExisting, kubeconfigOfExisting, loadCommand, loadIntoExisting } from './cluster/existing.ts';
import { commandFor } from './cluster/record.ts';
import { renderStatus } from './cluster/status.ts';
import { createProgress, down, environment, loadImage, status, up } from './index.ts';

const progress = createProgress({ stream: process.stderr });

try {
  process.exitCode = await carryOut(parseArguments(process.argv.slice(2), process.env));
} catch (error) {
  if (!(error instanceof BookendError)) throw error;
  process.stderr.write(`Error: ${error.message}\n${error.advice}\n`);
  process.exitCode = error.exitCode;
}

/** Does what was asked and gives the exit code. */
async function carryOut(request: Request): Promise<number> {
  switch (request.verb) {
    case 'help':
      process.stdout.write(request.text);
      return 0;
    case 'up':
      await (request.target.kind === 'local' ? upLocal(request, request.target) : upExisting(request, request.target));
      return 0;
    case 'down':
      await downLocal(request.target);
      return 0;
    case 'status':
      return showStatus(request, request.target);
    case 'env':
      process.stdout.write(await shellLines(request.target));
      return 0;
    case 'load': {
      const names =
        request.target.kind === 'local'
          ? await loadImage(request.target.name, request.tar)
          : await loadIntoExisting(request.target, request.tar);
      process.stdout.write(names.map((name) => `${name}\n`).join(''));
      return 0;
    }
  }
}

type Local = Extract<Target, { kind: 'local' }>;
type Existing = Extract<Target, { kind: 'existing' }>;

async function upLocal({ kubernetes, images }: Extract<Request, { verb: 'up' }>, { name }: Local): Promise<void> {
  const { outcome } = await up({ name, kubernetes, images, progress });
  if (outcome === 'unchanged') progress.line(`The cluster ${name} runs already, nothing to do`);
  progress.line(`Use it: eval "$(${commandFor('env', name).replace('npm run', 'npm run -s')})"`);
}

async function upExisting({ images }: Extract<Request, { verb: 'up' }>, cluster: Existing): Promise<void> {
  const { context, server, kubernetes } = await checkExisting(cluster);
  progress.line(`The cluster of context ${context} (${server}) answers: Kubernetes ${kubernetes}. Nothing was started.`);
  if (!images) return;
  const { buildImages } = await import('../image/build.ts');
  for (const { name, tar } of await buildImages({ progress: progress.line })) {
    const [tool = ''] = loadCommand(context, tar);
    await progress.step(`Loading the image ${name} with ${tool}`, () => loadIntoExisting(cluster, tar));
  }
}

async function downLocal(target: Target): Promise<void> {
  if (target.kind === 'existing') {
    throw new BookendError('bad-input', 'An existing cluster is not taken down: it was not started here', {
      advice: 'Use the tool that made it (kind delete cluster, k3d cluster delete, minikube delete).',
    });
  }
  const existed = await progress.step(`Removing the cluster ${target.name}`, () => down(target.name));
  if (!existed) progress.line(`There was no cluster ${target.name}`);
}

async function showStatus({ output }: Extract<Request, { verb: 'status' }>, target: Target): Promise<number> {
  if (target.kind === 'existing') {
    const found = await checkExisting(target);
    const text = `The cluster of context ${found.context} (${found.server}) answers: Kubernetes ${found.kubernetes}`;
    process.stdout.write(output === 'json' ? `${JSON.stringify({ ...found, ready: true }, null, 2)}\n` : `${text}\n`);
    return 0;
  }
  const found = await status(target.name);
  process.stdout.write(`${output === 'json' ? JSON.stringify(found, null, 2) : renderStatus(found)}\n`);
  return found.ready ? 0 : 1;
}

async function shellLines(target: Target): Promise<string> {
  if (target.kind === 'existing') return shellExports(await kubeconfigOfExisting(target));
  const { kubeconfig, bin } = environment(target.name);
  return shellExports(kubeconfig, bin);
}
