/** Webhooks that answer and that do not, and policies: whom they stop, in which words. */
import {
  access,
  accountRef,
  accountUser,
  apps,
  held,
  map,
  mapRef,
  namespaceRef,
  object,
  ownedBy,
  pod,
  podRef,
  ref,
  release,
} from '../objects.ts';
import { activation, policy, policyBindingRef, policyRef } from '../policies.ts';
import type { Scenario } from '../scenario.ts';
import { configuration, configurationRef, emptyService, hook, webhookServer } from '../webhook-server.ts';

const onMaps = (operations: string[]) => ({ operations, resources: ['configmaps'] });
const validating = configurationRef('Validating');
/** A new configuration is known within about a second. */
const known = { pass: 1_500 };
const touch = (name: string) => ({ merge: mapRef(name), with: { data: { a: 'b' } } });

/** A webhook that nobody answers for. */
const deaf = (operations: string[], more?: Parameters<typeof hook>[2]) => [
  emptyService,
  configuration('Validating', hook('guard', onMaps(operations), more)),
];

export const admission: Scenario[] = [
  {
    name: 'A webhook whose Service is missing stops deletions and the removal of finalizers',
    given: [map('one'), map('held', held), configuration('Validating', hook('guard', onMaps(['DELETE', 'UPDATE'])))],
    steps: [
      known,
      { delete: mapRef('one') },
      release(mapRef('held')),
      { delete: accountRef('default') },
      { delete: validating },
      known,
      { delete: mapRef('one') },
      release(mapRef('held')),
    ],
  },
  {
    name: 'A webhook whose Service has no Pods stops what it catches',
    given: [map('one'), ...deaf(['DELETE'])],
    steps: [known, { delete: mapRef('one') }, touch('one')],
  },
  {
    name: 'A mutating webhook that does not answer stops what it catches',
    given: [map('one'), emptyService, configuration('Mutating', hook('guard', onMaps(['DELETE', 'CREATE'])))],
    steps: [known, { delete: mapRef('one') }, { create: map('two') }, touch('one')],
  },
  {
    name: 'With failurePolicy Ignore a webhook that does not answer stops nothing',
    given: [map('one'), ...deaf(['DELETE'], { failurePolicy: 'Ignore' })],
    steps: [known, { delete: mapRef('one') }],
  },
  {
    name: 'A webhook is not asked when its rules, selectors or conditions do not catch the request',
    given: [
      map('one'),
      map('two', { labels: { guarded: 'yes' } }),
      emptyService,
      configuration(
        'Validating',
        hook('scope', { ...onMaps(['DELETE']), scope: 'Cluster' }),
        hook('labels', onMaps(['DELETE']), { objectSelector: { matchLabels: { guarded: 'yes' } } }),
        hook('condition', onMaps(['DELETE']), { matchConditions: [{ name: 'name', expression: "request.name == 'three'" }] }),
        hook('namespace', onMaps(['DELETE']), { namespaceSelector: { matchLabels: { no: 'such' } } }),
        hook('subresource', { operations: ['DELETE'], resources: ['configmaps/status'] }),
      ),
    ],
    steps: [known, { delete: mapRef('one') }, { delete: mapRef('two') }],
  },
  {
    name: 'A configuration that catches everything does not protect itself',
    given: [
      configuration(
        'Validating',
        hook(
          'all',
          { operations: ['*'], apiGroups: ['admissionregistration.k8s.io'], resources: ['*'] },
          { namespaceSelector: {} },
        ),
      ),
    ],
    steps: [known, { merge: validating, with: { metadata: { labels: { a: 'b' } } } }, { delete: validating }],
  },
  {
    name: 'A webhook that lives lets pass what it allows, and refuses in its own words',
    given: [map('one'), ...webhookServer('DELETE'), configuration('Validating', hook('guard', onMaps(['DELETE', 'UPDATE'])))],
    refuses: [{ webhook: 'guard.NS.example.com', operation: 'DELETE', message: 'still needed' }],
    steps: [known, touch('one'), { delete: mapRef('one') }],
  },
  {
    name: 'A webhook that is uninstalled before what it guards stops the rest of the uninstall',
    given: [map('one'), ...webhookServer(), configuration('Validating', hook('guard', onMaps(['DELETE', 'UPDATE'])))],
    steps: [
      known,
      touch('one'),
      { delete: apps('Deployment', 'hooks') },
      { untilNone: { apiVersion: 'v1', kind: 'Pod' } },
      { pass: 2_000 },
      { delete: mapRef('one') },
      { delete: ref('v1', 'Service', 'hooks') },
      { pass: 500 },
      { delete: mapRef('one') },
    ],
  },
  {
    name: 'A webhook that does not answer stops the garbage collector',
    given: [
      map('owner'),
      map('child', ownedBy(mapRef('owner'))),
      ...deaf(['DELETE'], { objectSelector: { matchLabels: { guarded: 'yes' } } }),
    ],
    steps: [
      { merge: mapRef('child'), with: { metadata: { labels: { guarded: 'yes' } } } },
      known,
      { delete: mapRef('owner') },
      { pass: 3_000 },
      { ask: mapRef('child') },
      { delete: validating },
      { until: mapRef('child'), is: 'gone' },
    ],
  },
  {
    name: 'A webhook that does not answer holds a namespace',
    given: [
      map('one'),
      emptyService,
      object('v1', 'ServiceAccount', 'x'),
      configuration('Validating', hook('guard', onMaps(['DELETE']))),
    ],
    steps: [
      known,
      { delete: namespaceRef },
      { until: ref('v1', 'ServiceAccount', 'x'), is: 'gone' },
      { pass: 2_000 },
      { ask: mapRef('one') },
      { delete: validating },
      { until: namespaceRef, is: 'gone' },
    ],
  },
  {
    name: 'A webhook that does not answer keeps the kubelet from ending a Pod',
    given: [
      pod('one'),
      emptyService,
      configuration(
        'Validating',
        hook(
          'guard',
          { operations: ['DELETE'], resources: ['pods'] },
          { matchConditions: [{ name: 'kubelet', expression: "request.userInfo.username.startsWith('system:node:')" }] },
        ),
      ),
    ],
    steps: [
      known,
      { delete: podRef('one') },
      { pass: 5_000 },
      { ask: podRef('one') },
      { delete: validating },
      { until: podRef('one'), is: 'gone' },
    ],
  },
  {
    name: 'A policy refuses with its message and reason, and applies no more without its binding',
    given: [
      map('one'),
      map('two'),
      ...policy('configmaps', {
        expression: "oldObject.metadata.name == 'two'",
        messageExpression: "'map ' + request.name + ' is needed'",
        reason: 'Forbidden',
      }),
    ],
    steps: [
      activation,
      { delete: mapRef('one') },
      { delete: mapRef('two') },
      { delete: policyBindingRef },
      activation,
      { delete: mapRef('one') },
    ],
  },
  {
    name: 'A policy without a message of its own names its expression, with the usual reason',
    given: [map('one'), ...policy('configmaps', { expression: 'oldObject.metadata.name == "two"' })],
    steps: [
      activation,
      { delete: mapRef('one') },
      { merge: policyBindingRef, with: { metadata: { labels: { a: 'b' } } } },
      { delete: policyRef },
    ],
  },
  {
    name: 'A policy that cannot be evaluated refuses with failurePolicy Fail',
    given: [map('one'), ...policy('configmaps', { expression: "oldObject.data.x == 'y'" })],
    steps: [activation, { delete: mapRef('one') }],
  },
  {
    name: 'A policy that cannot be evaluated lets pass with failurePolicy Ignore',
    given: [map('one'), ...policy('configmaps', { expression: "oldObject.data.x == 'y'" }, { failurePolicy: 'Ignore' })],
    steps: [activation, { delete: mapRef('one') }],
  },
  {
    name: 'A policy with Pods as parameters guards an account until its last Pod is gone',
    given: [
      ...access('agent'),
      pod('agent', { account: 'agent', stopSeconds: 2 }),
      ...policy(
        'serviceaccounts',
        { expression: 'params.spec.serviceAccountName != request.name', message: 'its Pods run' },
        {
          paramKind: { apiVersion: 'v1', kind: 'Pod' },
          paramRef: { selector: { matchLabels: { app: 'agent' } }, parameterNotFoundAction: 'Allow' },
        },
      ),
    ],
    steps: [
      activation,
      { delete: accountRef('agent') },
      { delete: podRef('agent') },
      { delete: accountRef('agent') },
      { until: podRef('agent'), is: 'gone' },
      { pass: 500 },
      { delete: accountRef('agent') },
    ],
    order: [['gone Pod/agent', 'gone ServiceAccount/agent']],
  },
  {
    name: 'A policy that finds no parameters refuses with Deny',
    given: [
      map('one'),
      ...policy(
        'configmaps',
        { expression: 'true' },
        {
          paramKind: { apiVersion: 'v1', kind: 'Secret' },
          paramRef: { selector: { matchLabels: { no: 'such' } }, parameterNotFoundAction: 'Deny' },
        },
      ),
    ],
    steps: [activation, { delete: mapRef('one') }],
  },
  {
    name: 'A policy takes one object by name as its parameter',
    given: [
      map('one'),
      { ...map('settings'), data: { guarded: 'one' } },
      ...policy(
        'configmaps',
        { expression: 'oldObject.metadata.name != params.data.guarded', message: 'it is guarded' },
        { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, paramRef: { name: 'settings', parameterNotFoundAction: 'Allow' } },
      ),
    ],
    steps: [activation, { delete: mapRef('one') }, { delete: mapRef('settings') }, { pass: 1_000 }, { delete: mapRef('one') }],
  },
  {
    name: 'A policy asks for the rights of who makes the request, with variables and conditions',
    given: [
      ...access('agent'),
      ...policy(
        'configmaps',
        {
          expression:
            "variables.isFree || authorizer.group('').resource('secrets').namespace('NS').name('key').check('delete').allowed()",
          message: 'that takes the right to delete the key',
          reason: 'Forbidden',
        },
        {
          operations: ['UPDATE'],
          matchConditions: [{ name: 'data', expression: 'has(object.data)' }],
          variables: [{ name: 'isFree', expression: "object.data.?mode.orValue('') == 'free'" }],
        },
      ),
    ],
    steps: [
      activation,
      { ...touch('ledger'), as: accountUser('agent') },
      { merge: mapRef('ledger'), with: { data: { mode: 'free' } }, as: accountUser('agent') },
      touch('ledger'),
    ],
  },
];
