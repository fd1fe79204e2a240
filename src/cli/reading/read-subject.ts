/** Reads the objects to delete from files, a chart (with the user's Helm), a release or a namespace. */
import { existsSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { BookendError } from '../../errors.ts';
import { subjectOfChart } from '../../reading/chart.ts';
import { type ManifestOptions, type Sourced, subjectOf } from '../../reading/manifests.ts';
import type { GlobalFlags } from '../flags.ts';
import type { Invocation } from '../invocation.ts';
import { manifestsOf } from './files-of.ts';
import { helmPrograms } from './helm-version.ts';
import { renderChart } from './render-chart.ts';
import type { KindOfPath, Source } from './source.ts';
import { inTemplates } from './template-places.ts';

/**
 * Without any cluster.
 * @param scope what a cluster knows of kinds of files that neither they nor Kubernetes define
 * @throws BookendError `bad-input`, naming file and line
 */
export async function readOffline(
  source: Extract<Source, { from: 'chart' | 'files' }>,
  { namespace = 'default' }: GlobalFlags,
  invocation: Invocation,
  scope?: ManifestOptions['scope'],
): Promise<Sourced> {
  if (source.from === 'chart') return fromChart(source, namespace, invocation);
  return fromFiles(source, { namespace, ...(scope && { scope }) }, invocation);
}

/** What is at a path; a directory is a chart when it has a Chart.yaml. */
export const kindOfPath: KindOfPath = (name) => {
  if (!existsSync(name)) return undefined;
  if (statSync(name).isDirectory()) return existsSync(join(name, 'Chart.yaml')) ? 'chart' : 'other';
  return /\.(tgz|tar\.gz)$/.test(name) ? 'chart' : 'other';
};

async function fromFiles(
  { files, recursive }: Extract<Source, { from: 'files' }>,
  options: Pick<ManifestOptions, 'namespace' | 'scope'>,
  { readInput }: Invocation,
): Promise<Sourced> {
  const documents = await manifestsOf(files, recursive, readInput);
  if (documents.length === 0) {
    throw new BookendError('bad-input', `${files.join(', ')} ${files.length === 1 ? 'has' : 'have'} no object`, {
      field: '-f',
      advice: 'Give files with manifests. -R also reads subdirectories.',
    });
  }
  const name = files.map((file) => (file === '-' ? 'standard input' : file)).join(', ');
  const { subject, ...rest } = subjectOf(documents, { from: 'files', name, ...options });
  const flags = [...files.flatMap((file) => ['-f', file]), ...(recursive ? ['-R'] : [])];
  return { subject: { ...subject, flags }, ...rest };
}

async function fromChart(
  { chart, flags }: Extract<Source, { from: 'chart' }>,
  namespace: string,
  { environment }: Invocation,
): Promise<Sourced> {
  const request = { chart, release: releaseNameOf(chart), namespace, flags };
  const { text } = await renderChart(request, { environment, programs: helmPrograms(environment) });
  const { subject, ...rest } = subjectOfChart(text, request);
  return { subject: isDirectory(chart) ? await inTemplates(subject, chart) : subject, ...rest };
}

/**
 * A name for the release that nobody has installed yet: that of the chart's directory or archive, as far as a release
 * may be called so.
 */
function releaseNameOf(chart: string): string {
  const name = basename(chart.replace(/\/+$/, ''))
    .replace(/(-\d[^/]*)?\.(tgz|tar\.gz)$/, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^[^a-z]+|-+$/g, '');
  return name.slice(0, 40).replace(/-+$/, '') || 'release';
}

function isDirectory(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
