/** Releases on the simulated cluster, installed and at rest, for the tests of `bookend uninstall`. */
import { annotations, type SimulatedCluster, servesFinalizer } from '../../../cluster/simulated/index.ts';
import { idOf } from '../../../objects/identity.ts';
import type { KubernetesObject } from '../../../objects/object.ts';
import {
  account,
  clusterRoleWithBinding,
  custom,
  definition,
  namespace,
  roleWithBinding,
  workload,
} from '../../testing/manifests.ts';
import { type RunOptions, simulatedTerminal } from '../../testing/simulated-terminal.ts';
import { storedRelease } from '../../testing/stored-release.ts';

export const space = 'shop';

/** An agent whose preStop hook needs its rights. */
export function agentChart(): KubernetesObject[] {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['delete'] }];
  return [
    account(space, 'agent'),
    ...roleWithBinding(space, 'agent', rules),
    workload('DaemonSet', space, 'agent', {
      serviceAccountName: 'agent',
      preStopMs: 2_000,
      preStopNeeds: `delete configmaps ${space}`,
    }),
  ];
}

export const widgetFinalizer = 'example.com/clean';

/** A definition, its operator with its rights, and a Widget of the chart. */
export function operatorChart(): KubernetesObject[] {
  const rules = [{ apiGroups: ['example.com'], resources: ['widgets', 'widgets/finalizers'], verbs: ['*'] }];
  return [
    definition('Widget'),
    account(space, 'manager'),
    ...clusterRoleWithBinding({ namespace: space, name: 'manager' }, rules),
    workload('Deployment', space, 'manager', { serviceAccountName: 'manager' }),
    custom('Widget', 'own', space, [widgetFinalizer]),
  ];
}

/** The operator of `operatorChart` does its work while it lives. */
export function serveWidgets({ environment }: SimulatedCluster): void {
  servesFinalizer(environment, {
    ...{ apiVersion: 'example.com/v1', kind: 'Widget', finalizer: widgetFinalizer },
    workload: { kind: 'Deployment', namespace: space, name: 'manager' },
  });
}

export type HookOptions = { weight?: number; policy?: string; exitCode?: number; runMs?: number };

/** A Job that runs at an event of the uninstall. */
export function hook(name: string, event: 'pre-delete' | 'post-delete', options: HookOptions = {}): KubernetesObject {
  const { weight = 0, policy, exitCode = 0, runMs = 500 } = options;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: space,
      annotations: {
        'helm.sh/hook': event,
        'helm.sh/hook-weight': String(weight),
        ...(policy !== undefined && { 'helm.sh/hook-delete-policy': policy }),
      },
    },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations: { [annotations.runMs]: String(runMs), [annotations.exitCode]: String(exitCode) } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/hook:1' }] },
      },
    },
  };
}

export type Installed = {
  /** Hooks are stored and not created, as Helm does it. */
  chart: readonly KubernetesObject[];
  others?: readonly KubernetesObject[];
  name?: string;
  prepare?(simulated: SimulatedCluster): void;
};

export async function installed({ chart, others = [], name = 'agent', prepare }: Installed) {
  const terminal = simulatedTerminal();
  const { simulated } = terminal;
  await install(simulated, { chart, name });
  prepare?.(simulated);
  for (const object of others) await simulated.cluster.create(object);
  await simulated.settle(3_000);
  const uninstall = (args: string[] = [], options: RunOptions = {}) =>
    terminal.run(['uninstall', name, '-n', space, ...args], options);
  return { ...terminal, uninstall, left: () => idsIn(simulated) };
}

export async function install(
  { cluster, settle }: SimulatedCluster,
  { chart, name = 'agent' }: Pick<Installed, 'chart' | 'name'>,
) {
  if (!(await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: space }))) await cluster.create(namespace(space));
  for (const object of chart.filter((each) => each.metadata.annotations?.['helm.sh/hook'] === undefined)) {
    await cluster.create(object);
    if (object.kind === 'CustomResourceDefinition') await settle(200);
  }
  await cluster.create(storedRelease(space, name, chart));
}

/** Everything that could be of a release, without what Kubernetes itself makes. */
function idsIn({ server }: SimulatedCluster): string[] {
  return server.kinds
    .listable()
    .flatMap((kind) => (kind.kind === 'Event' ? [] : server.store.all(kind.key)))
    .filter(
      ({ kind, metadata }) => metadata.namespace === space || kind === 'CustomResourceDefinition' || metadata.name === 'manager',
    )
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
    .map(idOf)
    .sort();
}
