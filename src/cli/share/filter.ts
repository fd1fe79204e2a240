/**
 * Selects workloads by `--workload` and `--selector`. It is an error if one of them matches nothing: it may be a typo.
 */
import { BookendError } from '../../errors.ts';
import { groupOf } from '../../objects/identity.ts';
import { labelMatcher } from '../../objects/selectors.ts';
import { listed } from '../../share/limits.ts';
import type { Found } from './manifests.ts';
import { hintOf, nameOf, namesOf, type Workload } from './workloads.ts';

export type WorkloadFilter = {
  /** `deployment/web`, `deploy/web` or `deployment`, as kubectl takes them. */
  workloads?: readonly string[] | undefined;
  /** Labels of the workload itself, as kubectl takes them. */
  selector?: string | undefined;
};

/**
 * @param objects of the manifests, for what is said of those that are no workloads
 * @throws BookendError `bad-input` for a name or labels that no workload has, `invalid` for a selector that cannot be
 *   read
 */
export function selectWorkloads(
  workloads: readonly Workload[],
  { workloads: names, selector }: WorkloadFilter,
  objects: readonly Found[],
): Workload[] {
  const hasLabels = labelMatcher(selector);
  const named = names === undefined ? [...workloads] : workloads.filter((each) => names.some((name) => isCalled(each, name)));
  for (const name of names ?? []) {
    if (!workloads.some((each) => isCalled(each, name))) throw nobodyCalled(name, workloads, objects);
  }
  const selected = named.filter(({ object }) => hasLabels?.(object) ?? true);
  if (hasLabels && selected.length === 0) throw nobodyWith(selector ?? '', named, objects);
  return selected;
}

function isCalled({ object }: Workload, text: string): boolean {
  const [written = '', name] = text.split('/');
  const [kind = '', ...group] = written.toLowerCase().split('.');
  const own = object.kind.toLowerCase();
  const isKind = [own, `${own}s`, `${own}es`, shortNames[object.kind]].includes(kind);
  const isGroup =
    group.length === 0 || groupOf(object.apiVersion).startsWith(group.filter((part) => !/^v\d/.test(part)).join('.'));
  return isKind && isGroup && (name === undefined || name === object.metadata.name);
}

function nobodyCalled(text: string, workloads: readonly Workload[], objects: readonly Found[]): BookendError {
  return new BookendError('bad-input', `"${text}" names no workload; ${whatIsThere(workloads, objects)}`, {
    field: '--workload',
    advice: 'Name a workload of the files, such as deployment/web, or all of a kind: deployment.',
  });
}

function nobodyWith(selector: string, workloads: readonly Workload[], objects: readonly Found[]): BookendError {
  const labels = workloads.map((each) => {
    const own = Object.entries(each.object.metadata.labels ?? {}).map(([key, value]) => `${key}=${value}`);
    return `${nameOf(each)} has ${own.length > 0 ? listed(own, 5) : 'none'}`;
  });
  const there = workloads.length > 0 ? `their own labels: ${listed(labels, 5)}` : whatIsThere(workloads, objects);
  return new BookendError('bad-input', `no workload has the labels ${selector}; ${there}`, {
    field: '--selector',
    advice: 'Pass labels of the workload, not of its Pods.',
  });
}

function whatIsThere(workloads: readonly Workload[], objects: readonly Found[]): string {
  if (workloads.length > 0) return `the files have ${namesOf(workloads)}`;
  return `there is no workload at all${hintOf(objects)}`;
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
