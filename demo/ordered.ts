/**
 * The cure: the same agent as a ClusterOperator. `helm uninstall` waits until its Pods have cleaned up, and takes their
 * rights away only then.
 */
import { join } from 'node:path';
import { idOf, type ObjectId } from '../src/objects/identity.ts';
import { planFromStatus } from '../src/operator/plan-status.ts';
import { criticalPath } from '../src/plan/critical-path.ts';
import type { Plan } from '../src/plan/plan.ts';
import { type ClusterOperator, clusterOperatorKind } from '../src/resource/cluster-operator.ts';
import { inventoryOf } from '../src/resource/status/inventory.ts';
import { type HelmVersion, type Lab, root } from '../tools/lab/lab.ts';
import { bystander, failedPreStopHooks, type Sighting, until } from '../tools/lab/observe.ts';
import { residueSince, snapshot } from '../tools/lab/residue.ts';
import type { Progress } from '../tools/local-cluster/index.ts';
import { duration } from '../tools/local-cluster/progress.ts';
import { clearAway, freshNamespace, label, nodesWithLabel } from './stage.ts';

export type OrderedResult = {
  failedPreStopHooks: number;
  residue: string[];
  /** The objects in the order in which a bystander saw them go. */
  order: string[];
  /** From the ClusterOperator's deletion until it was gone, as the bystander saw it. */
  teardownMs: number;
  /** The longest chain of waits, from the times that the same bystander saw each object take. */
  criticalPathMs: number;
  uninstallMs: number;
};

const namespace = 'demo-ordered';
const release = 'node-agent';
const operatorNamespace = 'bookend-system';

export async function ordered(lab: Lab, helm: HelmVersion, progress: Progress): Promise<OrderedResult> {
  await clearAway(lab, release, namespace);
  await clearAway(lab, 'bookend', operatorNamespace);
  await freshNamespace(lab, namespace);
  await freshNamespace(lab, operatorNamespace);
  const before = await snapshot(lab.cluster);

  // A demo on a cluster for trying things out: the agent makes a ClusterRole, so least rights would be a page of YAML.
  const trying = ['--set', 'deployer.clusterAdmin=true'];
  await progress.step('Ordered: installing Bookend', () =>
    lab.run(helm, ['install', 'bookend', join(root, 'charts', 'bookend'), '-n', operatorNamespace, '--wait', ...trying]),
  );
  await progress.step('Ordered: installing the same agent as a ClusterOperator', async () => {
    await lab.run(helm, [
      'install',
      release,
      join(root, 'examples', 'node-agent', 'bookend'),
      '-n',
      namespace,
      '--set',
      `label=${label}`,
    ]);
    await until('the agent to label its node', async () => (await nodesWithLabel(lab.cluster)) > 0);
  });

  // The agent may have labelled its node before the status tells which objects are ours.
  const resource = await until('the ClusterOperator to know its objects', async () => {
    const now = (await lab.cluster.get({ ...clusterOperatorKind, name: release })) as ClusterOperator | undefined;
    return now?.status?.phase === 'Ready' && inventoryOf(now.status).every(({ uid }) => uid !== undefined) ? now : undefined;
  });
  const inventory = inventoryOf(resource.status);
  const ours = new Map(inventory.map((item) => [item.uid, item]));
  let plan: Plan = { steps: [] };
  const note = ({ status }: ClusterOperator) => {
    if (status?.teardown) plan = planFromStatus(status.teardown, inventoryOf(status));
  };
  const kinds = [...new Map(inventory.map(({ apiVersion, kind }) => [apiVersion + kind, { apiVersion, kind }])).values()];
  let begin = 0;
  const show = ({ atMs, what, object }: Sighting) => {
    if (object.kind === clusterOperatorKind.kind) {
      note(object as ClusterOperator);
      if (what === 'terminating') begin = atMs;
    }
    if (!isOurs(object, ours, namespace) || what === 'created') return;
    progress.line(`  ${(Math.max(0, atMs - begin) / 1000).toFixed(2).padStart(6)} s  ${what.padEnd(11)}  ${idOf(object)}`);
  };
  const watcher = bystander(lab.cluster, [clusterOperatorKind, { apiVersion: 'v1', kind: 'Pod', namespace }, ...kinds], show);
  await watcher.synced();
  const orderSeen = lab.cluster.watch(clusterOperatorKind, {
    replace: () => {},
    changed: (object) => {
      note(object as ClusterOperator);
    },
    removed: () => {},
  });

  const started = performance.now();
  await progress.step('Ordered: helm uninstall', () => lab.run(helm, ['uninstall', release, '-n', namespace, '--wait']));
  const uninstallMs = Math.round(performance.now() - started);
  const end = await until('the ClusterOperator to be gone', async () => find(watcher.sightings, 'gone', release)?.atMs);
  const failed = await failedPreStopHooks(lab.cluster, namespace);
  watcher.close();
  orderSeen.close();

  await progress.step('Ordered: uninstalling Bookend itself', () =>
    lab.run(helm, ['uninstall', 'bookend', '-n', operatorNamespace, '--wait']),
  );
  const residue = await until(
    'what is still ending',
    async () => {
      const left = await residueSince(lab.cluster, before);
      return left.some((each) => each.startsWith('Pod/') || each.startsWith('ReplicaSet')) ? undefined : left;
    },
    30_000,
  );
  for (const left of residue) progress.line(`  left behind: ${left}`);
  progress.line(`Ordered: the teardown took ${duration(end - begin)}`);
  await clearAway(lab, release, namespace);
  await clearAway(lab, 'bookend', operatorNamespace);

  const gone = watcher.sightings.filter(({ what, object }) => what === 'gone' && ours.has(object.metadata.uid));
  return {
    failedPreStopHooks: failed.length,
    residue,
    order: gone.map(({ object }) => idOf(object)),
    teardownMs: Math.round(end - begin),
    criticalPathMs: Math.round(criticalPath(plan, (step) => took(step.id, watcher.sightings)).totalMs),
    uninstallMs,
  };
}

/** From the moment its deletion was seen until it was gone; what went at once took no time that anybody could see. */
function took(id: ObjectId, sightings: readonly Sighting[]): number {
  const of = (what: Sighting['what']) => sightings.find((each) => each.what === what && idOf(each.object) === id)?.atMs;
  const [from, to] = [of('terminating'), of('gone')];
  return from === undefined || to === undefined ? 0 : to - from;
}

function find(sightings: readonly Sighting[], what: Sighting['what'], name: string): Sighting | undefined {
  return sightings.find(
    (each) => each.what === what && each.object.kind === clusterOperatorKind.kind && each.object.metadata.name === name,
  );
}

function isOurs(object: Sighting['object'], ours: ReadonlyMap<string | undefined, unknown>, wanted: string): boolean {
  if (object.kind === 'Pod') return object.metadata.namespace === wanted && !object.metadata.labels?.['job-name'];
  return ours.has(object.metadata.uid) || (object.kind === clusterOperatorKind.kind && object.metadata.name === release);
}
