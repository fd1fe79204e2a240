/** What is known of the releases that a person asks about: from Helm's record, from a chart, or only their names. */
import type { Cluster } from '../../cluster/port.ts';
import { BookendError, isCode } from '../../errors.ts';
import { parseId } from '../../objects/identity.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { subjectOfChart } from '../../reading/chart.ts';
import { subjectOf } from '../../reading/manifests.ts';
import { type Release, readRecord } from '../../reading/release.ts';
import { scopesOf } from '../../reading/surroundings.ts';
import { type ReleaseFacts, unknownRelease } from '../../residue/release-facts.ts';
import { releaseNameMark, releaseNamespaceMark } from '../../residue/see.ts';
import type { Snapshot } from '../../residue/snapshot.ts';
import type { Invocation } from '../invocation.ts';
import { helmPrograms } from '../reading/helm-version.ts';
import { renderChart } from '../reading/render-chart.ts';
import { chartFlags } from '../reading/source.ts';
import type { ResidueFlags } from './flags.ts';

/** A release as it was asked for. */
type Asked = { name: string; namespace: string };

/**
 * @throws BookendError bad-input: the release is installed, or its record or the chart is broken. unsupported: there is
 * no Helm to render the chart with.
 */
export async function factsOf(
  cluster: Cluster,
  { name, namespace }: Asked,
  flags: ResidueFlags,
  { environment }: Invocation,
): Promise<ReleaseFacts> {
  const record = await recordOf(cluster, { name, namespace }, flags);
  if (record && isInstalled(record)) throw installed(record);
  const scope = await scopesOf(cluster);
  if (flags.chart !== undefined) {
    const request = { chart: flags.chart, release: name, namespace, flags: chartFlags(flags) };
    const { text } = await renderChart(request, { environment, programs: helmPrograms(environment) });
    return { ...subjectOfChart(text, request, { scope }).subject, name, ...deletionOf(record) };
  }
  if (!record) return unknownRelease(name, namespace);
  return { ...subjectOf(record.documents, { from: 'release', name, namespace, scope }).subject, ...deletionOf(record) };
}

function deletionOf(record: Release | undefined): Pick<ReleaseFacts, 'deletedAt'> {
  return record?.deletedAt === undefined ? {} : { deletedAt: record.deletedAt };
}

/** With a chart it is worth going on without the record: the snapshot names what could not be listed. */
async function recordOf(cluster: Cluster, { name, namespace }: Asked, { chart }: ResidueFlags): Promise<Release | undefined> {
  try {
    return await readRecord(cluster, name, namespace);
  } catch (error) {
    if (chart !== undefined && isCode(error, 'forbidden')) return undefined;
    throw error;
  }
}

/** Releases of a namespace that are not installed: those with a record, and those that objects still name. */
export async function releasesOf(cluster: Cluster, namespace: string, { objects }: Snapshot): Promise<string[]> {
  const names = new Set<string>();
  for (const { id, labels, marks } of objects.values()) {
    const of = marks[releaseNameMark];
    if (of !== undefined && marks[releaseNamespaceMark] === namespace) names.add(of);
    const { kind, name, namespace: where } = parseId(id);
    const isRecord =
      (kind === 'Secret' || kind === 'ConfigMap') && name.startsWith('sh.helm.release.v1.') && labels.owner === 'helm';
    if (isRecord && where === namespace && labels.name !== undefined) names.add(labels.name);
  }
  const found: string[] = [];
  for (const name of [...names].sort()) {
    const record = await readRecord(cluster, name, namespace);
    if (!record || !isInstalled(record)) found.push(name);
  }
  return found;
}

/** What is being uninstalled is no longer installed; what is broken or pending still is. */
function isInstalled({ status }: Release): boolean {
  return status !== 'uninstalled' && status !== 'uninstalling';
}

function installed({ name, namespace, revision, status, storedIn }: Release): BookendError {
  return new BookendError(
    'bad-input',
    `release ${name} is installed (revision ${revision}, ${status}): what it owns is no residue`,
    {
      object: `${storedIn.kind} ${storedIn.namespace}/${storedIn.name}`,
      field: 'release',
      advice: `To see what its uninstall would leave: bookend preview ${shellCommand(name, '-n', namespace)}`,
    },
  );
}
