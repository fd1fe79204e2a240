/**
 * What every end-to-end test stands on: the cluster, one installation of Bookend for a whole file, a namespace of the
 * file's own, and a clean-up that works however the tests or an interrupted earlier run have left the cluster.
 *
 * Everything that the tests make is called `e2e-…`; nothing else is touched, but for the release `bookend` in
 * `bookend-system`.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Cluster, Query } from '../../src/cluster/port.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../src/objects/fields.ts';
import { refOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { type ClusterOperator, type Condition, clusterOperatorKind } from '../../src/resource/cluster-operator.ts';
import { clean } from '../../tools/lab/clean.ts';
import { type HelmVersion, type Lab, root } from '../../tools/lab/lab.ts';
import { failedPreStopHooks, patienceMs, until, untilRight } from '../../tools/lab/observe.ts';
import { releaseOfCommit } from '../../tools/lab/release-of-commit.ts';
import { residueSince } from '../../tools/lab/residue.ts';
import { useLab } from '../use-lab.ts';
import { configMap, ledger } from './objects.ts';
import { sharingPod } from './pod-stream.ts';

export const operatorNamespace = 'bookend-system';
/** Where the operator tries image volumes. */
export const probeNamespace = 'bookend-system-probes';
const fieldManager = 'bookend-e2e';

export type TestBed = {
  lab: Lab;
  cluster: Cluster;
  /** Of this file. */
  namespace: string;
};

export type TestBedOptions = {
  /** Install Bookend before the first test, with these values (`replicas=2`), and uninstall it after the last. */
  bookend?: string[] | false;
};

/**
 * Prepares the cluster before the first test of a file and puts it in order after the last. Call it inside of
 * `describe`.
 * @param name of the file: its namespace is `e2e-NAME`
 */
export function useTestBed(name: string, { bookend = [] }: TestBedOptions = {}): TestBed {
  const namespace = `e2e-${name}`;
  const fresh = async (lab: Lab) => {
    await freshNamespace(lab, namespace);
    await put(lab, configMap(ledger, {}, namespace));
  };
  const opened = useLab({
    async prepare(lab) {
      await clean(lab);
      await fresh(lab);
      if (bookend) await installBookend(lab, 'helm4', bookend);
    },
    async repair(lab) {
      await clean(lab, { keepBookend: bookend !== false });
      await fresh(lab);
    },
    async finish(lab) {
      try {
        await clean(lab, { keepBookend: bookend !== false });
        if (bookend) await lab.run('helm4', ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']);
      } finally {
        await clean(lab);
      }
    },
  });
  return {
    get lab() {
      return opened();
    },
    get cluster() {
      return opened().cluster;
    },
    namespace,
  };
}

/** The namespace exists, with what Kubernetes itself puts into every namespace. */
export async function freshNamespace({ cluster }: Lab, name: string): Promise<void> {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, { fieldManager, force: true });
  await until(`the default account of namespace ${name}`, async () => {
    const account = await cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: name, name: 'default' });
    return account && (await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: name, name: 'kube-root-ca.crt' }));
  });
}

export const bookendChart = join(root, 'charts', 'bookend');

/**
 * The deployer account is cluster-admin unless `values` say something about the deployer: most tests are about order,
 * not about rights, and by default that account may do nothing. There is one replica unless they say something else:
 * tests stop the operator, and a second one would carry on.
 */
export async function installBookend(lab: Lab, helm: HelmVersion, values: string[] = [], wait = true): Promise<void> {
  const deployer = values.some((value) => value.startsWith('deployer.')) ? [] : ['deployer.clusterAdmin=true'];
  const older = process.env.BOOKEND_ATTACK_COMMIT;
  const replicas = values.some((value) => value.startsWith('replicas=')) ? [] : ['replicas=1'];
  const release = older ? await releaseOfCommit(lab, older) : { chart: bookendChart, values: [...deployer, ...replicas] };
  await installChart(lab, helm, release.chart, [...release.values, ...values], wait ? ['--wait'] : []);
  if (wait && !values.includes('replicas=0')) await untilWebhookAnswers(lab);
}

/** Installs the release `bookend`. */
export async function installChart(lab: Lab, helm: HelmVersion, chart: string, values: string[], flags: string[]): Promise<void> {
  await freshNamespace(lab, operatorNamespace);
  const set = values.flatMap((value) => ['--set', value]);
  await lab.run(helm, ['install', 'bookend', chart, '-n', operatorNamespace, ...set, ...flags]);
  await lab.run('kubectl', ['wait', '--for=condition=established', 'crd/clusteroperators.bookend.dev', '--timeout=60s']);
}

/** The operator is ready before kube-proxy has told every node where it is. */
export async function untilWebhookAnswers({ cluster }: { cluster: Cluster }): Promise<void> {
  const asked = sharingPod('e2e-first-asked', 'default');
  await until('the webhook to be reached', () => cluster.create(asked, { dryRun: true }).catch(() => undefined));
}

/** The state of the ClusterOperator as it is now. */
export async function find({ cluster }: { cluster: Cluster }, name: string): Promise<ClusterOperator | undefined> {
  return (await cluster.get({ ...clusterOperatorKind, name })) as ClusterOperator | undefined;
}

/** Waits for the ClusterOperator to satisfy `is`; the error shows how it stood at the end. */
export async function untilResource(
  bed: { cluster: Cluster },
  name: string,
  what: string,
  is: (resource: ClusterOperator) => unknown,
  timeoutMs = patienceMs,
): Promise<ClusterOperator> {
  return untilRight(`ClusterOperator ${name}: ${what}`, () => find(bed, name), is, timeoutMs);
}

/** The condition, when it is about the current spec. */
export function conditionOf({ metadata, status }: ClusterOperator, type: string): Condition | undefined {
  return status?.conditions?.find((each) => each.type === type && each.observedGeneration === metadata.generation);
}

export async function untilReady(bed: { cluster: Cluster }, name: string): Promise<ClusterOperator> {
  return untilResource(bed, name, 'is Ready', (resource) => conditionOf(resource, 'Ready')?.status === 'True');
}

/** Applies it and waits until it is Ready. */
export async function bringUp(bed: { cluster: Cluster }, resource: ClusterOperator): Promise<ClusterOperator> {
  await put(bed, resource);
  return await untilReady(bed, resource.metadata.name);
}

/** Deletes it and waits until it is gone. */
export async function takeDown(bed: TestBed, name: string): Promise<void> {
  await deleteResource(bed, name);
  await untilGone(bed, name);
}

export async function untilStalled(bed: { cluster: Cluster }, name: string, says: RegExp): Promise<ClusterOperator> {
  return untilResource(bed, name, `is Stalled and says ${says}`, (resource) => {
    const stalled = conditionOf(resource, 'Stalled');
    return stalled?.status === 'True' && says.test(stalled.message);
  });
}

export async function untilGone(bed: { cluster: Cluster }, name: string, timeoutMs = patienceMs): Promise<void> {
  let last: ClusterOperator | undefined;
  try {
    await until(
      `ClusterOperator ${name} to be gone`,
      async () => {
        last = await find(bed, name);
        return last === undefined;
      },
      timeoutMs,
    );
  } catch (error) {
    throw new Error(`${String(error)}; it stood at ${JSON.stringify(last?.status, null, 2)}`);
  }
}

/** Applied the way `kubectl apply --server-side` does it. */
export async function put({ cluster }: { cluster: Cluster }, ...objects: KubernetesObject[]): Promise<void> {
  for (const object of objects) await cluster.apply(object, { fieldManager, force: true });
}

export async function namesOf({ cluster }: { cluster: Cluster }, query: Query): Promise<string[]> {
  return (await cluster.list({ ...query, metadataOnly: true })).items.map(({ metadata }) => metadata.name).sort();
}

/** Events about a ClusterOperator, oldest first. */
export async function eventsOf({ cluster }: { cluster: Cluster }, name: string): Promise<{ reason: string; message: string }[]> {
  const fieldSelector = `involvedObject.kind=ClusterOperator,involvedObject.name=${name}`;
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace: 'default', fieldSelector });
  return items
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name))
    .map((event) => ({ reason: textOf(event.reason) ?? '', message: textOf(event.message) ?? '' }));
}

/** Waits for an event: they are written beside the work, not before it. */
export async function untilEvent(bed: { cluster: Cluster }, name: string, reason: string, says = /./): Promise<string> {
  const event = await until(`event ${reason} of ${name} that says ${says}`, async () =>
    (await eventsOf(bed, name)).find((each) => each.reason === reason && says.test(each.message)),
  );
  return event.message;
}

/** The kubelet has reported no failed preStop hook of Pods whose names begin with `pods`. */
export async function noFailedHook({ cluster, namespace }: Pick<TestBed, 'cluster' | 'namespace'>, pods = ''): Promise<void> {
  const failed = (await failedPreStopHooks(cluster, namespace)).filter(({ pod }) => pod.startsWith(pods));
  assert.deepEqual(failed, [], 'no preStop hook failed');
}

/** Finds the uninstall hook of a release, its Job and its Pods: the name ends in a digest. */
export function hookOf(release: string): string {
  return `app.kubernetes.io/name=bookend-hook,app.kubernetes.io/instance=${release}`;
}

/** Whether the Pod of the hook's Job is ready. */
export async function hookIsRunning(
  { cluster, namespace }: Pick<TestBed, 'cluster' | 'namespace'>,
  release: string,
): Promise<boolean> {
  const query = { apiVersion: 'batch/v1', kind: 'Job', namespace, labelSelector: hookOf(release) };
  const [job, ...others] = (await cluster.list(query)).items;
  assert.deepEqual(others, [], 'a release has one hook');
  return fieldAt(job, 'status', 'ready') === 1;
}

/** Pods of the file's namespace by label `app`, those that have ended left out. */
export async function podsOf({ cluster, namespace }: TestBed, app: string): Promise<KubernetesObject[]> {
  return (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${app}` })).items;
}

/** Starts a deletion as a person would, without waiting for its end. */
export async function deleteResource({ lab }: TestBed, name: string, ...flags: string[]): Promise<void> {
  await lab.run('kubectl', ['delete', 'clusteroperators.bookend.dev', name, '--wait=false', ...flags]);
}

/** Waits until the preStop hook of a Pod of this app runs: the Pod is terminating and its container still runs. */
export async function untilStopping(bed: TestBed, app: string): Promise<KubernetesObject> {
  return until(`a Pod of ${app} to be stopping`, async () =>
    (await podsOf(bed, app)).find(
      (pod) =>
        pod.metadata.deletionTimestamp !== undefined &&
        listOf(fieldAt(pod, 'status', 'containerStatuses')).some((each) => mapOf(mapOf(each).state).running),
    ),
  );
}

/** Puts a finalizer of somebody else's on a Pod, so that it stays when it should go. */
export async function block({ cluster }: TestBed, pod: KubernetesObject, finalizer = 'e2e.example/blocker'): Promise<void> {
  await cluster.patch(refOf(pod), { type: 'merge', value: { metadata: { finalizers: [finalizer] } } });
}

export async function unblock({ cluster }: TestBed, pod: KubernetesObject): Promise<void> {
  await cluster.patch(refOf(pod), { type: 'merge', value: { metadata: { finalizers: null } } });
}

/**
 * `helm uninstall` does not wait for Pods and what the garbage collector takes, and that stands still for up to a
 * minute after a definition has come and gone: what is ending is given its time, what stays is an error that names it.
 */
export async function untilNothingIsLeft({ cluster }: { cluster: Cluster }, before: ReadonlySet<string>): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const left = await residueSince(cluster, before);
    if (left.length === 0) return;
    if (performance.now() > end) assert.deepEqual(left, [], 'nothing is left');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
