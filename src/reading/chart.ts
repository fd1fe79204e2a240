/**
 * A chart as the subject of a preview: what `helm template` prints. To run it is the command line's business; what to
 * ask for and what it means is said here.
 */
import { BookendError } from '../errors.ts';
import { shellWord } from '../objects/shell-quote.ts';
import { readYaml } from '../objects/yaml.ts';
import { type ManifestOptions, type Sourced, subjectOf } from './manifests.ts';

export type ChartRequest = {
  /** As Helm takes it: a directory, an archive, `repository/chart`, `oci://…`, a URL. */
  chart: string;
  /** The name that the release would have. */
  release: string;
  namespace: string;
  /** Helm's own flags for values and versions, as they were given: `['--set', 'a=b', '-f', 'values.yaml']`. */
  flags: readonly string[];
};

/**
 * The arguments of Helm 3 and 4 alike. Hooks are printed by default, definitions in `crds/` are not. Without a cluster
 * Helm knows the versions of client-go's scheme (`chartutil.DefaultVersionSet`), to which the aggregation layer, which
 * every cluster has, does not belong.
 */
export function templateArguments({ chart, release, namespace, flags }: ChartRequest): string[] {
  const served = ['apiregistration.k8s.io/v1', 'apiregistration.k8s.io/v1/APIService'];
  const versions = served.flatMap((version) => ['--api-versions', version]);
  return ['template', release, chart, '--namespace', namespace, '--include-crds', ...versions, ...flags];
}

/**
 * @param text what `helm template` has printed
 * @throws BookendError bad-input: nothing was rendered
 */
export function subjectOfChart(
  text: string,
  request: ChartRequest,
  options: Pick<ManifestOptions, 'surroundings' | 'scope'> = {},
): Sourced {
  const documents = readYaml(text, `helm template ${shellWord(request.chart)}`);
  if (documents.length === 0) {
    throw new BookendError('bad-input', `chart ${request.chart} renders no objects`, {
      advice: 'Pass the values that it needs: --values values.yaml, --set key=value.',
    });
  }
  return subjectOf(documents, { ...options, from: 'chart', name: request.chart, namespace: request.namespace });
}
