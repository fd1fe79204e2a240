/** Which workloads a person means by `--workload` and `--selector`. */

import { BookendError } from '../../errors.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { labelMatcher } from '../../objects/selectors.ts';

export type IsWanted = (workload: KubernetesObject) => boolean;

/**
 * @param names `deployment/web`, `deploy/web` or `deployment`, as kubectl takes them
 * @param selector labels of the workload itself, as kubectl takes them
 * @throws BookendError `bad-input` for a kind that has no Pod template, `invalid` for a selector that cannot be read
 */
export function workloadFilter(names: readonly string[] | undefined, selector: string | undefined): IsWanted {
  const wanted = names?.map(wantedName);
  const hasLabels = labelMatcher(selector);
  return (object) =>
    (wanted?.some(({ kind, name }) => object.kind === kind && (name === undefined || object.metadata.name === name)) ?? true) &&
    (hasLabels?.(object) ?? true);
}

function wantedName(text: string): { kind: string; name?: string } {
  const [written = '', name] = text.split('/');
  const lower = written.toLowerCase();
  const kind = kinds.find(({ names }) => names.includes(lower))?.kind;
  if (kind !== undefined && name !== '') return { kind, ...(name !== undefined && { name }) };
  throw new BookendError('bad-input', `"${text}" names no workload`, {
    field: '--workload',
    advice: `Write KIND/NAME or KIND, with one of the kinds ${kinds.map((each) => each.kind).join(', ')}.`,
  });
}

const shortNames: Readonly<Record<string, string>> = {
  Pod: 'po',
  ReplicationController: 'rc',
  Deployment: 'deploy',
  StatefulSet: 'sts',
  DaemonSet: 'ds',
  ReplicaSet: 'rs',
  CronJob: 'cj',
};

const kinds = ['Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'ReplicationController'].map(
  (kind) => {
    const lower = kind.toLowerCase();
    const short = shortNames[kind];
    return { kind, names: [lower, `${lower}s`, ...(short === undefined ? [] : [short])] };
  },
);
