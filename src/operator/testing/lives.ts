/** ClusterOperators on a simulated cluster with a running operator, with all that a test may want to do and ask. */
import assert from 'node:assert/strict';
import { makeSimulatedCluster, type SimulatedCluster } from '../../cluster/simulated/index.ts';
import { refOf } from '../../objects/identity.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { type ClusterOperator, clusterOperatorKind } from '../../resource/cluster-operator.ts';
import { inventoryOf } from '../../resource/status/inventory.ts';
import { type OrderItem, orderOf } from '../../resource/status/order.ts';
import { configMap, namespace } from '../../teardown/testing/samples.ts';
import { clusterOperator, prepareCluster, type RunningOperator, startOperator } from './operator-run.ts';

/** The ClusterOperator of most tests. */
export const one = (...objects: KubernetesObject[]) => clusterOperator('one', [{ name: 'all', objects }]);
export const oneRef = { ...clusterOperatorKind, name: 'one' };

export type Lives = SimulatedCluster & {
  /** The operator that runs from the beginning. */
  first: RunningOperator;
  /** As it is stored; absent when it is gone. */
  resource(name?: string): ClusterOperator | undefined;
  status(name?: string): ClusterOperator['status'];
  /** The order of its teardown, as the status has it. */
  order(name?: string): OrderItem[];
  blocker(name?: string): string;
  /** Creates it, and waits until it is in that phase. */
  install(resource: ClusterOperator, phase?: string): Promise<ClusterOperator>;
  /** Waits for a phase. */
  settled(phase: string, name?: string): Promise<ClusterOperator>;
  change(spec: object): Promise<unknown>;
  /** Asks for its end. */
  remove(name?: string): Promise<unknown>;
  gone(name?: string): Promise<void>;
  /** Both. */
  removed(name?: string): Promise<void>;
  /** The ConfigMap of this name in namespace `agents`. */
  map(name: string): Promise<KubernetesObject | undefined>;
  /** `Warning Kept: Namespace agents is kept …` */
  events(): string[];
  isTold(beginning: string): boolean;
};

type Setting = {
  foreign?: KubernetesObject[];
  /** Default: the Namespace `agents`. */
  home?: KubernetesObject[];
  start?(simulated: SimulatedCluster): RunningOperator;
};

export async function lives({ foreign = [], home = [namespace()], start = startOperator }: Setting = {}): Promise<Lives> {
  const simulated = makeSimulatedCluster();
  const { cluster, server, until } = simulated;
  await prepareCluster(simulated, [...home, ...foreign]);
  const resource = (name = 'one') =>
    server.store.all('clusteroperators.bookend.dev').find(({ metadata }) => metadata.name === name) as
      | ClusterOperator
      | undefined;
  const status = (name?: string) => resource(name)?.status;
  const order = (name?: string) => orderOf(status(name)?.teardown, inventoryOf(status(name)));
  const settled = async (phase: string, name?: string) => {
    await until(() => status(name)?.phase === phase, 60_000);
    const found = resource(name);
    assert.ok(found);
    return found;
  };
  const remove = (name = 'one') => cluster.delete({ ...clusterOperatorKind, name });
  const gone = (name?: string) => until(() => resource(name) === undefined, 300_000);
  const events = () =>
    server.store.all('events').map(({ type, reason, message }) => `${String(type)} ${String(reason)}: ${String(message)}`);
  return {
    ...simulated,
    ...{ first: start(simulated), resource, status, order, settled, remove, gone, events },
    blocker: (name) => status(name)?.blocker ?? '',
    install: async (given, phase = 'Ready') => {
      await cluster.create(given);
      return settled(phase, given.metadata.name);
    },
    change: (spec) => cluster.patch(oneRef, { type: 'merge', value: { spec } }),
    removed: async (name) => {
      await remove(name);
      await gone(name);
    },
    map: (name) => cluster.get(refOf(configMap(name))),
    isTold: (beginning) => events().some((event) => event.slice(event.indexOf(' ') + 1).startsWith(beginning)),
  };
}
