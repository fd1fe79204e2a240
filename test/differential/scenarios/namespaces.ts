/** The end of a namespace: Pods first, then the rest, held up by finalizers and by whoever refuses. */
import {
  access,
  bindingRef,
  gone,
  held,
  map,
  mapRef,
  namespaceRef,
  object,
  pod,
  podRef,
  ref,
  release,
  roleRef,
  workload,
} from '../objects.ts';
import { policy, policyBindingRef } from '../policies.ts';
import type { Scenario } from '../scenario.ts';

const message = (type: string) => ({ read: namespaceRef, path: ['status', 'conditions', type] });

export const namespaces: Scenario[] = [
  {
    name: 'A namespace loses its Pods first and everything else when they are gone',
    given: [...access('agent'), pod('agent', { account: 'agent', callsApi: true, preStopSeconds: 1 })],
    steps: [...gone(namespaceRef)],
    order: [
      ['gone Pod/agent', 'gone RoleBinding/agent'],
      ['gone Pod/agent', 'gone ServiceAccount/agent'],
      ['gone Pod/agent', 'gone ConfigMap/ledger'],
    ],
  },
  {
    name: 'A workload in a namespace that ends does not bring its Pods back',
    given: [workload('Deployment', 'web')],
    steps: [...gone(namespaceRef)],
  },
  {
    name: 'A finalizer that nobody serves holds a namespace, and its conditions say so',
    given: [map('one', held), map('two')],
    steps: [
      { delete: namespaceRef },
      { until: mapRef('two'), is: 'gone' },
      { pass: 1_500 },
      message('NamespaceFinalizersRemaining'),
      message('NamespaceContentRemaining'),
      message('NamespaceDeletionContentFailure'),
      release(mapRef('one')),
      { until: namespaceRef, is: 'gone' },
    ],
  },
  {
    name: 'A finalizer on a Pod holds up everything else in its namespace',
    given: [pod('one', { finalizers: held.finalizers }), map('one')],
    steps: [
      { delete: namespaceRef },
      { until: podRef('one'), is: 'terminating' },
      { pass: 4_000 },
      { ask: mapRef('one') },
      release(podRef('one')),
      { until: namespaceRef, is: 'gone' },
    ],
    order: [['gone Pod/one', 'gone ConfigMap/one']],
  },
  {
    name: 'A policy goes on applying in a terminating namespace, until its binding is removed',
    given: [
      map('one'),
      object('v1', 'ServiceAccount', 'one'),
      ...policy('configmaps', { expression: "oldObject.metadata.name != 'one'" }),
    ],
    steps: [
      { delete: namespaceRef },
      { until: ref('v1', 'ServiceAccount', 'one'), is: 'gone' },
      { pass: 1_500 },
      message('NamespaceDeletionContentFailure'),
      { delete: policyBindingRef },
      { until: namespaceRef, is: 'gone' },
    ],
  },
  {
    name: 'One object that may not go keeps those of its kind behind it in the alphabet, not other kinds',
    given: [
      map('a'),
      map('b'),
      map('c'),
      object('v1', 'ServiceAccount', 'x'),
      ...policy('configmaps', { expression: "oldObject.metadata.name != 'b'" }),
    ],
    steps: [
      { delete: namespaceRef },
      { until: ref('v1', 'ServiceAccount', 'x'), is: 'gone' },
      { pass: 2_500 },
      { ask: mapRef('a') },
      { ask: mapRef('c') },
      { delete: policyBindingRef },
      { until: namespaceRef, is: 'gone' },
    ],
  },
  {
    name: 'What is deleted with its namespace carries no name in the request',
    given: [map('one'), map('two'), ...policy('configmaps', { expression: '!has(request.name)' })],
    steps: [{ pass: 1_500 }, { delete: mapRef('one') }, ...gone(namespaceRef)],
  },
  {
    name: 'A finalizer on a binding holds its namespace and not its Pods',
    given: [...access('agent', held.finalizers), pod('agent', { account: 'agent', callsApi: true, preStopSeconds: 1 })],
    steps: [
      { delete: namespaceRef },
      { until: podRef('agent'), is: 'gone' },
      { until: bindingRef('agent'), is: 'terminating' },
      { until: roleRef('agent'), is: 'terminating' },
      release(bindingRef('agent')),
      release(roleRef('agent')),
      { until: namespaceRef, is: 'gone' },
    ],
  },
];
