/** Renders a chart with the user's Helm, because no other implementation renders exactly the same. */

import { execFile } from 'node:child_process';
import { withoutRelativePath } from '../../cluster/kube/program-path.ts';
import { BookendError } from '../../errors.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { type ChartRequest, templateArguments } from '../../reading/chart.ts';

export type Rendered = {
  /** What `helm template` has printed. */
  text: string;
  /** Which program it was. */
  helm: string;
};

export type RenderOptions = {
  environment: Readonly<Record<string, string | undefined>>;
  /** Tried first; default helm4, helm3, helm. */
  programs?: readonly string[];
  /** In ms; a chart that is fetched needs its time. Default 2 minutes. */
  timeoutMs?: number;
};

const known = ['helm4', 'helm3', 'helm'];

/**
 * @throws BookendError unsupported: there is no Helm. bad-input: Helm refuses, with its words. timeout: it did not end.
 */
export async function renderChart(request: ChartRequest, options: RenderOptions): Promise<Rendered> {
  const { environment, programs = known, timeoutMs = 120_000 } = options;
  for (const helm of new Set([...programs, ...known])) {
    const outcome = await run(helm, templateArguments(request), environment, timeoutMs);
    if (outcome !== 'missing') return { text: outcome, helm };
  }
  throw new BookendError('unsupported', `cannot render chart ${request.chart}: no helm on the PATH`, {
    advice: `Install Helm, or pass with -f what this prints elsewhere:\n${shellCommand('helm', ...templateArguments(request))}`,
  });
}

function run(
  program: string,
  args: string[],
  env: Readonly<Record<string, string | undefined>>,
  timeoutMs: number,
): Promise<string | 'missing'> {
  return new Promise((resolve, reject) => {
    const options = { env: withoutRelativePath(env), timeout: timeoutMs, maxBuffer: 256 * 1024 * 1024 };
    execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) resolve(stdout);
      else if (error.code === 'ENOENT') resolve('missing');
      else if (error.killed) reject(tooSlow(program, args, timeoutMs));
      else reject(refused(program, args, stderr));
    }).stdin?.end();
  });
}

function refused(program: string, args: readonly string[], stderr: string): BookendError {
  const words = stderr
    .split('\n')
    .filter((line) => line.trim() !== '' && !/^(WARNING|walk\.go)/.test(line))
    .join('\n');
  return new BookendError(
    'bad-input',
    `${program} ${args.slice(0, 3).join(' ')}: ${words.replace(/^Error: /, '') || 'failed without a message'}`,
    {
      advice: 'Fix the chart, or pass the values that it needs: --values values.yaml, --set key=value.',
    },
  );
}

function tooSlow(program: string, args: readonly string[], timeoutMs: number): BookendError {
  return new BookendError('timeout', `${program} ${args.slice(0, 3).join(' ')} did not finish within ${timeoutMs / 1000} s`);
}
