/**
 * What every attack stands on: one installation of Bookend with its default values for the whole stage, namespaces of
 * the platform and of tenants, and the tenants themselves, with the rights that the documentation gives them and no
 * others.
 *
 * `BOOKEND_ATTACK_COMMIT=COMMIT` attacks the chart and the image of an older commit instead of those of this checkout.
 */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Cluster } from '../../src/cluster/port.ts';
import { isCode } from '../../src/errors.ts';
import { fieldAt, listOf, mapOf, textOf } from '../../src/objects/fields.ts';
import { refOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { ClusterOperator } from '../../src/resource/cluster-operator.ts';
import { digestOfFiles } from '../../tools/image/inputs.ts';
import { accountOf, bound, granted, groupOf, userOf } from '../../tools/lab/access.ts';
import { clean } from '../../tools/lab/clean.ts';
import { type HelmVersion, type Lab, root } from '../../tools/lab/lab.ts';
import { until } from '../../tools/lab/observe.ts';
import { releaseOfCommit } from '../../tools/lab/release-of-commit.ts';
import { clusterOperator, configMap, ledger } from '../e2e/objects.ts';
import {
  bookendChart,
  freshNamespace,
  installChart,
  operatorNamespace,
  put,
  untilGone,
  untilWebhookAnswers,
} from '../e2e/support.ts';
import { useLab } from '../use-lab.ts';

/** The account that the platform's own ClusterOperators act as; it may do everything, and tenants may not act as it. */
const deployer = 'platform';

export type Release = {
  /** The checkout: its command line is attacked too. */
  directory: string;
  chart: string;
  values: string[];
};

export type Attacked = {
  lab: Lab;
  /** As the administrator. */
  cluster: Cluster;
  /** The platform's namespace of this file. */
  namespace: string;
  release: Release;
};

export type AttackOptions = {
  /** Leave the namespace, and whatever the file itself installs, to the file. */
  bookend?: boolean;
};

/**
 * Prepares the cluster before the first attack of a file. Call it inside of `describe`. Bookend is installed only where
 * it is not yet, and stays for the files that follow.
 * @param name of the file: its namespace is `e2e-NAME`
 */
export function useAttacked(name: string, { bookend = true }: AttackOptions = {}): Attacked {
  const namespace = `e2e-${name}`;
  let release: Release | undefined;
  const current = () => release ?? assert.fail('the release is known only while the tests of the file run');
  const repair = async (lab: Lab) => {
    if (bookend) await ensureInstalled(lab, current());
    await clean(lab, { keepBookend: true });
    await platformNamespace(lab, namespace);
  };
  const opened = useLab({
    async prepare(lab) {
      release = await attackedRelease(lab);
      await repair(lab);
    },
    repair,
    finish: (lab) => clean(lab, { keepBookend: true }),
  });
  return {
    get lab() {
      return opened();
    },
    get cluster() {
      return opened().cluster;
    },
    get release() {
      return current();
    },
    namespace,
  };
}

/** What is attacked. */
async function attackedRelease(lab: Lab): Promise<Release> {
  const commit = process.env.BOOKEND_ATTACK_COMMIT;
  return commit ? await releaseOfCommit(lab, commit) : { directory: root, chart: bookendChart, values: [] };
}

/** Bookend runs, from this very chart and image, with default values. */
export async function ensureInstalled(lab: Lab, release: Release): Promise<void> {
  const wanted = await fingerprint(lab, release);
  const listed = await lab.attempt('helm4', ['status', 'bookend', '-n', operatorNamespace, '-o', 'json']);
  const info = listed.code === 0 ? mapOf(mapOf(JSON.parse(listed.stdout)).info) : {};
  const ready = async () => {
    const found = await lab.cluster.get({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: operatorNamespace,
      name: 'bookend',
    });
    const replicas = fieldAt(found, 'spec', 'replicas');
    return Number(replicas) > 0 && fieldAt(found, 'status', 'readyReplicas') === replicas;
  };
  if (info.description === wanted && info.status === 'deployed' && (await ready())) return;
  await clean(lab);
  await install(lab, release, ['--description', wanted]);
}

/** Installs the release `bookend` and waits until its webhook is reached. */
export async function install(lab: Lab, { chart, values }: Release, more: string[] = [], helm: HelmVersion = 'helm4') {
  await installChart(lab, helm, chart, values, ['--wait', ...more]);
  await untilWebhookAnswers(lab);
}

/** Changes with the chart, the image and the values: what is installed is then something else. */
async function fingerprint(lab: Lab, { chart, values }: Release): Promise<string> {
  const images = lab.local ? (await lab.attempt('ctr', ['images', 'list', 'name~=registry.bookend.dev/bookend:'])).stdout : '';
  const digests = [...images.matchAll(/(\S+)\s+\S+\s+(sha256:[0-9a-f]+)/g)].map(([, name, digest]) => `${name} ${digest}`);
  const text = JSON.stringify([digestOfFiles(chart, ['.']), values, digests.sort()]);
  return `attacked ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}

/** A namespace of the platform, with the account that its ClusterOperators act as. */
async function platformNamespace(lab: Lab, namespace: string): Promise<void> {
  await freshNamespace(lab, namespace);
  await put(
    lab,
    configMap(ledger, {}, namespace),
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: deployer, namespace } },
    bound(
      'ClusterRoleBinding',
      { name: `${namespace}-${deployer}` },
      'ClusterRole',
      'cluster-admin',
      accountOf(deployer, namespace),
    ),
  );
}

/** A ClusterOperator of the platform's. */
export function platformOperator(
  name: string,
  namespace: string,
  components: Parameters<typeof clusterOperator>[2],
  rest: Parameters<typeof clusterOperator>[3] = {},
): ClusterOperator {
  return clusterOperator(name, namespace, components, { serviceAccountName: deployer, ...rest });
}

/** Somebody with `edit` in one namespace, and nothing else. */
export async function tenantOf({ cluster }: Attacked, namespace: string): Promise<Cluster> {
  const user = `mallory-of-${namespace}`;
  await put({ cluster }, bound('RoleBinding', { name: 'tenant', namespace }, 'ClusterRole', 'edit', userOf(user)));
  return cluster.as({ user, groups: ['system:authenticated'] });
}

export type Team = { namespace: string; cluster: Cluster; account: string };

/** A team as docs/how-to/platform-engineer.md sets it up, made from that very page. */
export async function teamOf({ lab }: Attacked, name: string): Promise<Team> {
  const namespace = `e2e-team-${name}`;
  await freshNamespace(lab, namespace);
  const group = namespace;
  const verbs = ['get', 'list', 'watch', 'create', 'patch', 'update', 'delete'];
  const rules = [{ apiGroups: ['bookend.dev'], resources: ['clusteroperators'], verbs }];
  const objects = parseAllDocuments(teamYaml().replaceAll('team-a', namespace)).map((each) => each.toJS() as KubernetesObject);
  await put(lab, ...objects, ...granted('ClusterRole', { name: group }, rules, groupOf(group)));
  const cluster = lab.cluster.as({ user: `anna-of-${name}`, groups: [group, 'system:authenticated'] });
  // The authorizer learns of new bindings by a watch.
  await until(`the rights of team ${name}`, () =>
    cluster.list({ apiVersion: 'bookend.dev/v1alpha1', kind: 'ClusterOperator', metadataOnly: true }).catch(() => undefined),
  );
  return { namespace, cluster, account: 'deployer' };
}

/** The block of the page that sets a team up. */
function teamYaml(): string {
  const page = readFileSync(join(root, 'docs', 'how-to', 'platform-engineer.md'), 'utf8');
  const block = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text).find((text) => text?.includes('act-as-'));
  if (block) return block;
  throw new Error('docs/how-to/platform-engineer.md shows no team any more');
}

/** The operator's Pods that are not ending. */
export async function operatorPods({ cluster }: { cluster: Cluster }): Promise<KubernetesObject[]> {
  const labelSelector = 'app.kubernetes.io/name=bookend,app.kubernetes.io/instance=bookend';
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: operatorNamespace, labelSelector });
  return items.filter(
    ({ metadata, spec }) =>
      metadata.deletionTimestamp === undefined &&
      fieldAt(spec, 'serviceAccountName') === 'bookend' &&
      metadata.name.startsWith('bookend-'),
  );
}

/** Each Pod of the operator with how often its container has restarted. */
export async function restartsOf(attacked: { cluster: Cluster }): Promise<string[]> {
  return (await operatorPods(attacked)).flatMap((pod) =>
    listOf(fieldAt(pod, 'status', 'containerStatuses')).map(
      (status) => `${pod.metadata.uid} restarts: ${mapOf(status).restartCount}`,
    ),
  );
}

/**
 * The longest that the operator's health page took to answer while `work` went on, in ms; and no Pod of the operator
 * may restart.
 */
export async function whileWatched<T>(attacked: Attacked, work: () => Promise<T>): Promise<{ result: T; slowestMs: number }> {
  const before = await restartsOf(attacked);
  const [pod] = await operatorPods(attacked);
  const path = `/api/v1/namespaces/${operatorNamespace}/pods/${pod?.metadata.name}:8081/proxy/healthz`;
  // A client of its own, which does not repeat: how long one answer takes is what counts.
  const prober = await attacked.lab.open();
  let going = true;
  let slowestMs = 0;
  const probing = (async () => {
    while (going) {
      const began = performance.now();
      await prober.raw({ method: 'GET', path }).catch(() => undefined);
      slowestMs = Math.max(slowestMs, performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  try {
    const result = await work();
    // A probe that is still out tells how long the operator was silent.
    going = false;
    await probing;
    assert.deepEqual(await restartsOf(attacked), before, 'the operator was not restarted');
    return { result, slowestMs };
  } finally {
    going = false;
    await probing;
    await prober.close();
  }
}

/** The object is there, not ending, and the same one. */
export async function assertUntouched(attacked: { cluster: Cluster }, object: KubernetesObject): Promise<void> {
  const { kind, metadata } = object;
  const now = await attacked.cluster.get(refOf(object));
  const what = `${kind} ${metadata.namespace ?? ''}/${metadata.name}, which is somebody else's,`;
  assert.ok(now, `${what} is gone`);
  assert.equal(now.metadata.uid, metadata.uid, `${what} was replaced`);
  assert.equal(now.metadata.deletionTimestamp, undefined, `${what} is being deleted`);
}

/** What the API server says to this request. @throws AssertionError when it is allowed */
export async function refusalOf(what: string, request: () => Promise<unknown>): Promise<string> {
  try {
    await request();
  } catch (error) {
    if (isCode(error, 'forbidden')) return (error as Error).message;
    throw error;
  }
  return assert.fail(`${what} was allowed`);
}

/** Deletes ClusterOperators as the administrator and waits until they are gone. */
export async function removeAll(attacked: Attacked, ...names: string[]): Promise<void> {
  for (const name of names)
    await attacked.lab.run('kubectl', ['delete', 'clusteroperators.bookend.dev', name, '--wait=false', '--ignore-not-found']);
  for (const name of names) await untilGone(attacked, name);
}

/** A Pod of somebody's, which runs until it is deleted. */
export function idlePod(name: string, namespace: string, labels: Record<string, string>, more: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'main', image: nodeImage, args: ['-e', 'setInterval(() => {}, 1e6)'] }],
      ...more,
    },
  };
}

/** An image whose entrypoint is Node: the Pods of the platform and of its tenants run it. */
export const nodeImage = 'registry.bookend.dev/examples/node-agent:0.1.0';

export function phaseOf(pod: KubernetesObject | undefined): string {
  return textOf(fieldAt(pod, 'status', 'phase')) ?? '';
}
