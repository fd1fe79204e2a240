/** Rights and tokens at the end: what a Pod that stops may still do. */
import {
  access,
  accountRef,
  accountUser,
  apps,
  bindingRef,
  gone,
  held,
  mapRef,
  object,
  pod,
  podRef,
  ref,
  release,
  roleRef,
  workload,
} from '../objects.ts';
import type { Scenario } from '../scenario.ts';

const write = { merge: mapRef('ledger'), with: { data: { a: 'b' } }, as: accountUser('agent') };
const agent = workload('DaemonSet', 'agent', { account: 'agent', callsApi: true, preStopSeconds: 1 });
const events = ['FailedPreStopHook'];
const ended = { untilNone: { apiVersion: 'v1', kind: 'Pod' } };

export const rights: Scenario[] = [
  {
    name: 'After a minute the tokens of a terminating account are refused, whatever finalizer it has',
    given: [...access('agent'), pod('agent', { account: 'agent', callsApi: true, preStopSeconds: 66, graceSeconds: 90 })],
    steps: [
      { merge: accountRef('agent'), with: { metadata: { finalizers: held.finalizers } } },
      { delete: accountRef('agent') },
      ...gone(podRef('agent')),
      release(accountRef('agent')),
    ],
    events,
  },
  {
    name: 'Terminating roles and bindings still grant',
    given: access('agent', held.finalizers),
    steps: [
      write,
      { delete: bindingRef('agent') },
      { delete: roleRef('agent') },
      { pass: 1_000 },
      write,
      release(bindingRef('agent')),
      { pass: 1_000 },
      write,
      release(roleRef('agent')),
    ],
  },
  {
    name: 'A role that is gone grants nothing, although its binding stands',
    given: access('agent'),
    steps: [write, { delete: roleRef('agent') }, { pass: 1_000 }, write],
  },
  {
    name: 'Whoever impersonates an account is not asked whether it exists',
    given: access('agent').filter(({ kind }) => kind !== 'ServiceAccount'),
    steps: [write],
  },
  {
    name: 'Nobody may hand out rights that he does not have',
    given: [
      ...access('agent'),
      object('rbac.authorization.k8s.io/v1', 'Role', 'maker', {
        rules: [{ apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles', 'rolebindings'], verbs: ['*'] }],
      }),
      object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'maker', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'maker' },
        subjects: [{ kind: 'ServiceAccount', name: 'agent', namespace: 'NS' }],
      }),
    ],
    steps: [
      {
        create: object('rbac.authorization.k8s.io/v1', 'Role', 'small', {
          rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
        }),
        as: accountUser('agent'),
      },
      {
        create: object('rbac.authorization.k8s.io/v1', 'Role', 'large', {
          rules: [{ apiGroups: [''], resources: ['secrets'], verbs: ['get'] }],
        }),
        as: accountUser('agent'),
      },
    ],
  },
  {
    name: 'A preStop hook fails when the binding goes before the Pods',
    given: [...access('agent'), agent],
    steps: [{ delete: bindingRef('agent') }, { delete: apps('DaemonSet', 'agent') }, ended],
    events,
    order: [['gone RoleBinding/agent', 'gone Pod/agent-*']],
  },
  {
    name: 'A preStop hook fails when the account goes before the Pods',
    given: [...access('agent'), agent],
    steps: [{ delete: accountRef('agent') }, { delete: apps('DaemonSet', 'agent') }, ended],
    events,
  },
  {
    name: 'A preStop hook succeeds when the Pods go before their rights',
    given: [...access('agent'), agent],
    steps: [...gone(apps('DaemonSet', 'agent'), 'Foreground'), { delete: bindingRef('agent') }, { delete: accountRef('agent') }],
    events,
    order: [['gone Pod/agent-*', 'gone RoleBinding/agent']],
  },
  {
    name: 'A finalizer on role and binding keeps the right of a preStop hook',
    given: [...access('agent', held.finalizers), agent],
    steps: [
      { delete: bindingRef('agent') },
      { delete: roleRef('agent') },
      { delete: apps('DaemonSet', 'agent') },
      ended,
      release(bindingRef('agent')),
      release(roleRef('agent')),
    ],
    events,
    order: [['gone Pod/agent-*', 'gone RoleBinding/agent']],
  },
  {
    name: 'A finalizer on an account keeps its tokens good for a minute',
    given: [...access('agent'), agent],
    steps: [
      { merge: accountRef('agent'), with: { metadata: { finalizers: held.finalizers } } },
      { delete: accountRef('agent') },
      { delete: apps('DaemonSet', 'agent') },
      ended,
      release(accountRef('agent')),
    ],
    events,
  },
  {
    name: 'A preStop hook that does not end within the grace period is broken off',
    given: [pod('slow', { preStopSeconds: 60, graceSeconds: 2 })],
    steps: [...gone(podRef('slow'))],
    events,
  },
  {
    name: 'A Pod is refused while its account is missing',
    steps: [{ create: pod('one', { account: 'nobody' }) }, { ask: ref('v1', 'Pod', 'one') }],
  },
];
