import { after, describe, test } from 'node:test';
import {
  account,
  clusterRoleWithBinding,
  configMap,
  custom,
  definition,
  roleWithBinding,
  workload,
} from '../../cli/testing/manifests.ts';
import { crashAfterEachWrite, everyCrashPoint } from '../../teardown/testing/crash-points.ts';
import { hookJob, runUninstall, serveWidgets, space, type UninstallScenario } from './testing/whole-uninstall.ts';

/** Reproduces a run. */
const seed = Number(process.env.SEED ?? 1);

const agent = () => [
  account(space, 'agent'),
  ...roleWithBinding(space, 'agent', [{ apiGroups: [''], resources: ['configmaps'], verbs: ['delete'] }]),
  workload('DaemonSet', space, 'agent', {
    serviceAccountName: 'agent',
    preStopMs: 800,
    preStopNeeds: `delete configmaps ${space}`,
  }),
];

const operator = () => [
  definition('Widget'),
  account(space, 'manager'),
  ...clusterRoleWithBinding({ namespace: space, name: 'manager' }, [
    { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['*'] },
  ]),
  workload('Deployment', space, 'manager', { serviceAccountName: 'manager' }),
  custom('Widget', 'own', space, ['example.com/clean']),
];

const kept = () => {
  const object = configMap(space, 'kept');
  object.metadata.annotations = { 'helm.sh/resource-policy': 'keep' };
  return object;
};

const scenarios: UninstallScenario[] = [
  {
    name: 'an agent whose preStop hook needs its rights, with hooks before and after, and something that is kept',
    chart: [
      ...agent(),
      kept(),
      hookJob('first', 'pre-delete', 'hook-succeeded'),
      hookJob('plain', 'pre-delete', undefined),
      hookJob('again', 'pre-delete', 'before-hook-creation,hook-succeeded'),
      hookJob('last', 'post-delete', 'hook-succeeded'),
    ],
    foreign: [configMap(space, 'theirs')],
    order: [
      ['Pod/shop/agent', 'ServiceAccount/shop/agent'],
      ['Pod/shop/agent', 'RoleBinding.rbac.authorization.k8s.io/shop/agent'],
    ],
    hooks: { before: ['first', 'plain', 'again'], after: ['last'] },
  },
  {
    name: 'an operator with custom resources of its chart and of others, which go too',
    chart: [...operator(), hookJob('first', 'pre-delete', 'hook-succeeded')],
    foreign: [custom('Widget', 'theirs', space, ['example.com/clean'])],
    choices: { customResources: 'delete' },
    beside: serveWidgets,
    order: [
      ['Widget.example.com/shop/', 'Deployment.apps/shop/manager'],
      ['Widget.example.com/shop/', 'CustomResourceDefinition'],
      ['Pod/shop/manager', 'ServiceAccount/shop/manager'],
      ['Pod/shop/manager', 'ClusterRoleBinding.rbac.authorization.k8s.io/manager'],
    ],
    hooks: { before: ['first'], after: [] },
  },
  {
    name: 'an operator with custom resources of others, which stay with it',
    chart: [...operator(), ...agent()],
    foreign: [custom('Widget', 'theirs', space, ['example.com/clean'])],
    choices: { customResources: 'keep' },
    beside: serveWidgets,
    order: [['Pod/shop/agent', 'ServiceAccount/shop/agent']],
  },
  {
    name: 'what files name',
    form: 'files',
    chart: [...agent(), configMap(space, 'settings')],
    foreign: [configMap(space, 'theirs')],
    order: [
      ['Pod/shop/agent', 'ServiceAccount/shop/agent'],
      ['Pod/shop/agent', 'RoleBinding.rbac.authorization.k8s.io/shop/agent'],
    ],
  },
  {
    name: 'what files name, while somebody else uninstalls files with some of the same objects',
    form: 'files',
    chart: [...agent(), configMap(space, 'settings')],
    rival: [configMap(space, 'settings'), configMap('other', 'ours')],
    foreign: [configMap(space, 'theirs')],
    order: [
      ['Pod/shop/agent', 'ServiceAccount/shop/agent'],
      ['Pod/shop/agent', 'RoleBinding.rbac.authorization.k8s.io/shop/agent'],
    ],
  },
  {
    name: 'a namespace with an operator, and custom resources here and elsewhere',
    form: 'namespace',
    chart: [...operator(), ...agent()],
    foreign: [custom('Widget', 'theirs', 'other', ['example.com/clean']), configMap('other', 'theirs')],
    choices: { customResources: 'delete' },
    beside: serveWidgets,
    order: [
      ['Widget.example.com/', 'Deployment.apps/shop/manager'],
      ['Pod/shop/manager', 'ServiceAccount/shop/manager'],
      ['Pod/shop/agent', 'ServiceAccount/shop/agent'],
      ['ServiceAccount/shop/agent', 'Namespace/shop'],
    ],
  },
];

describe('a whole uninstall with a crash or refusal at every write', () => {
  let points = 0;
  after(() => console.log(`${points} crash points tried (SEED=${seed})`));
  for (const scenario of scenarios) {
    test(scenario.name, async () => {
      const result = await everyCrashPoint(scenario, (each, point) => runUninstall(each, seed, point));
      await crashAfterEachWrite(scenario, result.undisturbed, (each, point) => runUninstall(each, seed, point));
      points += result.points + 1;
    });
  }
});
