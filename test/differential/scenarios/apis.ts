/** Aggregated APIs that do not answer: every namespace of the cluster waits, so these run alone. */
import { global, map, mapRef, namespaceRef, pod, podRef } from '../objects.ts';
import type { Scenario } from '../scenario.ts';
import { emptyService } from '../webhook-server.ts';

const service = global('apiregistration.k8s.io/v1', 'APIService', 'v1beta1.NS.example.com', {
  spec: {
    group: 'NS.example.com',
    version: 'v1beta1',
    insecureSkipTLSVerify: true,
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { namespace: 'NS-b', name: 'hooks', port: 443 },
  },
});
const serviceRef = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', name: 'v1beta1.NS.example.com' };
const other = global('v1', 'Namespace', 'NS-b');

export const apis: Scenario[] = [
  {
    name: 'An aggregated API that does not answer keeps every namespace from ending, not its content from going',
    given: [other, { ...emptyService, metadata: { name: 'hooks', namespace: 'NS-b' } }, map('one'), pod('one'), service],
    steps: [
      { pass: 2_000 },
      { delete: namespaceRef },
      { until: podRef('one'), is: 'gone' },
      { until: mapRef('one'), is: 'gone' },
      { pass: 2_000 },
      { read: namespaceRef, path: ['status', 'conditions', 'NamespaceDeletionDiscoveryFailure'] },
      { ask: namespaceRef },
      { delete: serviceRef },
      { until: namespaceRef, is: 'gone' },
    ],
  },
];
