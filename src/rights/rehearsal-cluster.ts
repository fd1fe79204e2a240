/**
 * A simulated cluster with the operator and the account that it uses. It records all requests of that account.
 */

import type { KindInfo } from '../cluster/port.ts';
import { keyOf } from '../cluster/simulated/api/kind.ts';
import { type Connection, makeSimulatedCluster, type SimulatedCluster, type User } from '../cluster/simulated/index.ts';
import { conditionOf } from '../objects/conditions.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { rbacGroup } from '../objects/rbac.ts';
import { type Account, serviceAccountUser } from '../objects/service-accounts.ts';
import { Controller } from '../operator/controller.ts';
import { eventRecorder } from '../operator/events.ts';
import { silentLog } from '../operator/log.ts';
import { makeMeters } from '../operator/metrics.ts';
import { sharesWithoutTrials } from '../operator/share-settings.ts';
import { clusterOperatorCrd } from '../resource/crd.ts';
import { type Listener, recording } from './asked.ts';

export type RehearsalClusterOptions = {
  /** Who everything is done as. */
  account: Account;
  /** Namespaces that exist before. */
  namespaces: readonly string[];
  /** What else exists before: definitions above all. */
  given: readonly KubernetesObject[];
  /** Kinds that the real cluster serves and a plain Kubernetes does not. */
  kinds: readonly KindInfo[];
  /** What the account may do, as Roles and bindings. Absent: everything. */
  rights?: readonly KubernetesObject[];
  listener: Listener;
};

export type RehearsalStage = {
  simulated: SimulatedCluster;
  /** Starts an operator, in the place of one that was killed. */
  start(): Connection;
  stop(): void;
};

const operatorUser: User = { name: 'rehearsal-operator', groups: ['system:masters', 'system:authenticated'] };
const home = 'rehearsal-home';

export async function makeRehearsalCluster({
  account,
  namespaces,
  given,
  kinds,
  rights,
  listener,
}: RehearsalClusterOptions): Promise<RehearsalStage> {
  const simulated = makeSimulatedCluster({
    answers: () => true,
    times: { startMs: 1, readyMs: 1, runMs: 1, stopMs: 1 },
  });
  // Webhooks and policies among the objects say nothing of rights.
  simulated.admission.length = 0;
  serveAll(simulated, kinds);
  const { cluster } = simulated;
  await cluster.create(clusterOperatorCrd());
  for (const name of new Set([home, account.namespace, ...namespaces])) {
    if (name === 'default' || name.startsWith('kube-')) continue;
    await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  simulated.adopt(given);
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...account } });
  simulated.adopt(rights ?? [everything(account)]);
  await simulated.settle(1_000);
  const keepAvailable = () => {
    makeAvailable(simulated);
    simulated.clock.after(500, keepAvailable);
  };
  keepAvailable();

  let controller: Controller | undefined;
  let nonces = 0;
  return {
    simulated,
    start: () => {
      const connection = simulated.connect(operatorUser);
      const { clock } = connection;
      const recorded = recording(connection.cluster, listener, serviceAccountUser(account.namespace, account.name));
      controller = new Controller({
        cluster: recorded,
        clock,
        // Nobody in a rehearsal guesses one.
        makeNonce: () => `rehearsal-${++nonces}`,
        deployer: account,
        shares: sharesWithoutTrials('seed:rehearsal', 'a rehearsal has no nodes'),
        recorder: eventRecorder(recorded, clock, 'rehearsal', silentLog),
        log: silentLog,
        meters: makeMeters(),
      });
      controller.start();
      return connection;
    },
    stop: () => controller?.close(),
  };
}

/** Kinds without their definitions: nothing is checked in their objects. */
function serveAll({ server }: SimulatedCluster, kinds: readonly KindInfo[]): void {
  for (const info of kinds) {
    if (server.kinds.find(info.apiVersion, info.kind) || info.group === 'bookend.dev') continue;
    const hasStatus = info.subresources.includes('status');
    server.kinds.add({ ...info, key: keyOf(info.resource, info.group), hasStatus, generation: 'content' });
  }
}

function everything(account: Account): KubernetesObject {
  return {
    apiVersion: `${rbacGroup}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: { name: 'rehearsal-everything' },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  };
}

/** The aggregator is not simulated: whoever serves an API here answers at once. */
function makeAvailable({ server, cluster }: SimulatedCluster): void {
  for (const service of server.store.all('apiservices.apiregistration.k8s.io')) {
    if (conditionOf(service, 'Available')?.status === 'True') continue;
    const value = { status: { conditions: [{ type: 'Available', status: 'True' }] } };
    const { apiVersion, kind, metadata } = service;
    void cluster.patch({ apiVersion, kind, name: metadata.name }, { type: 'merge', value }, { subresource: 'status' });
  }
}
