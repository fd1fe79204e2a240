/**
 * What a lint is about: each chart by itself, and all manifests that are no chart together, since they are deleted
 * together.
 */
import { existsSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { type PreviewRequest, requestOf } from '../preview/request.ts';
import { filesBelow } from '../reading/files-of.ts';
import type { KindOfPath, Source } from '../reading/source.ts';
import type { LintFlags } from './flags.ts';

/** One chart, or manifests. */
export type LintRequest = PreviewRequest & { source: Extract<Source, { from: 'chart' | 'files' }> };

/**
 * @param paths as they were typed, or found: any number of charts, files and directories of manifests
 * @throws BookendError `bad-input` when nothing is named, or a flag fits nothing
 */
export function lintRequestsOf(paths: readonly string[], flags: LintFlags, kindOf: KindOfPath): LintRequest[] {
  const names = [...new Set([...paths, ...(flags.filename ?? [])])];
  if (names.length === 0) {
    throw new BookendError('bad-input', 'no input given', {
      advice: 'Give the directory of a chart, or files with -f.',
    });
  }
  const charts = names.filter((name) => kindOf(name) === 'chart');
  const files = names.filter((name) => kindOf(name) !== 'chart');
  const { filename: _, values, set, setString, ...rest } = flags;
  const ofCharts = { ...rest, ...(values && { values }), ...(set && { set }), ...(setString && { setString }) };
  return [
    ...charts.map((chart) => requestOf(chart, ofCharts, kindOf)),
    // Values are for the charts among them; where there is none they are refused.
    ...(files.length > 0 ? [requestOf(undefined, { ...(charts.length > 0 ? rest : ofCharts), filename: files }, kindOf)] : []),
  ].flatMap((request): LintRequest[] => {
    const { source } = request;
    if (source.from === 'chart' || source.from === 'files') return [{ ...request, source }];
    throw new BookendError('internal', 'lint knows charts and files only');
  });
}

/**
 * The charts below directories, and the other manifests there. A directory without any chart below stays as it is; what
 * belongs to a chart, its own charts too, is that chart's.
 */
export async function below(names: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const isDirectory = name !== '-' && (await stat(name).catch(() => undefined))?.isDirectory();
      if (!isDirectory) return [name];
      const paths = await filesBelow(name, isChart);
      return paths.some(isChart) ? paths : [name];
    }),
  );
  return found.flat();
}

/** A library chart installs nothing by itself: Helm renders none. */
export function isLibrary(chart: string): boolean {
  const file = join(chart, 'Chart.yaml');
  return existsSync(file) && /^type:\s*["']?library\b/m.test(readFileSync(file, 'utf8'));
}

function isChart(path: string): boolean {
  return existsSync(join(path, 'Chart.yaml'));
}
