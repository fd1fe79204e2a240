/**
 * The operator dies, or is refused, at every single write of installing, changing and taking down a ClusterOperator;
 * another takes over. The end is always the same: everything that was wanted was there, nothing is left, nothing went
 * before what needed it.
 */
import { after, describe, test } from 'node:test';
import { clusterOperatorKind } from '../resource/cluster-operator.ts';
import { compactFrom, inventoryOf } from '../resource/status/inventory.ts';
import { everyCrashPoint } from '../teardown/testing/crash-points.ts';
import { account, clusterRole, clusterRoleBinding, configMap, namespace, secret, workload } from '../teardown/testing/samples.ts';
import type { World } from '../teardown/testing/teardown-run.ts';
import { clusterOperator, type LifeOfOne, resourceOf, runLife } from './testing/operator-run.ts';

const seed = Number(process.env.SEED ?? 1);

const worlds: Record<string, World> = {
  'quick watches': { seed },
  'watches up to a second late, timers shuffled': { seed: seed + 1, shuffleTimers: true, watch: { watchDelayMs: [1, 1_000] } },
  'every fifth event lost until the next list': {
    seed: seed + 2,
    shuffleTimers: true,
    watch: { watchDelayMs: [1, 100], dropEvents: (_, n) => n % 5 === 0, relistEveryMs: 2_000 },
  },
};

const nodes = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }];
const access = (name: string) => [account(name), clusterRole(name, nodes), clusterRoleBinding(name)];
const agent = (name: string) =>
  workload('DaemonSet', name, { account: name, preStopMs: 400, needs: 'patch nodes', configMaps: [name] });

const order: [string, string][] = [
  ['Pod/agents/agent-', 'ServiceAccount/agents/agent'],
  ['Pod/agents/agent-', 'ClusterRole.rbac.authorization.k8s.io/agent'],
  ['Pod/agents/agent-', 'ClusterRoleBinding.rbac.authorization.k8s.io/agent'],
  ['Pod/agents/agent-', 'ConfigMap/agents/agent'],
];

const whole = clusterOperator('node-agent', [
  { name: 'agent', objects: [configMap('agent'), agent('agent')] },
  { name: 'access', objects: access('agent') },
]);

const smaller = clusterOperator('node-agent', [
  { name: 'agent', objects: [configMap('agent'), agent('agent')] },
  { name: 'access', objects: access('agent') },
  { name: 'extra', dependsOn: ['agent'], objects: [secret('late'), ...access('extra'), configMap('extra'), agent('extra')] },
]);

const lives: LifeOfOne[] = [
  { name: 'an agent with its rights: installed and taken down', resource: whole, foreign: [namespace()], order },
  {
    name: 'a component leaves the spec before the end',
    resource: smaller,
    foreign: [namespace()],
    meanwhile: async ({ cluster }) => {
      await cluster.patch(
        { ...clusterOperatorKind, name: 'node-agent' },
        { type: 'merge', value: { spec: { components: whole.spec.components } } },
      );
    },
    until: (simulated, squatters) => {
      const status = resourceOf(simulated, { resource: smaller })?.status;
      return (
        status?.phase === 'Ready' &&
        inventoryOf(status).length === 5 &&
        !simulated.server.store.all('secrets').some(({ metadata }) => metadata.name === 'late' && !squatters.has(metadata.uid))
      );
    },
    order: [
      ...order,
      ['Pod/agents/extra-', 'ClusterRole.rbac.authorization.k8s.io/extra'],
      ['Pod/agents/extra-', 'ServiceAccount/agents/extra'],
    ],
  },
];

/** So many objects that the status is compact. */
const large: LifeOfOne = {
  name: 'an agent among a hundred ConfigMaps: the status is compact',
  resource: clusterOperator('node-agent', [
    { name: 'agent', objects: [configMap('agent'), agent('agent')] },
    { name: 'access', objects: access('agent') },
    { name: 'data', objects: Array.from({ length: compactFrom }, (_, index) => configMap(`data-${index}`)) },
  ]),
  foreign: [namespace()],
  order,
};
/** Its beginning and its end, and some in between. */
const isSample = (write: number, of: number) => write <= 12 || write > of - 12 || write % 23 === 0;

let points = 0;
const begun = performance.now();
after(() =>
  console.log(
    `${points} crash points of the operator tried in ${((performance.now() - begun) / 1000).toFixed(1)} s (SEED=${seed})`,
  ),
);

for (const [name, world] of Object.entries(worlds)) {
  describe(`with ${name}`, () => {
    for (const life of lives) {
      test(life.name, async () => {
        const result = await everyCrashPoint(life, (each, point) => runLife(each, world, point));
        points += result.points;
      });
    }
  });
}

test(large.name, async () => {
  const world: World = { seed, shuffleTimers: true, watch: { watchDelayMs: [1, 1_000] } };
  const result = await everyCrashPoint(large, (each, point) => runLife(each, world, point), isSample);
  points += result.points;
});
