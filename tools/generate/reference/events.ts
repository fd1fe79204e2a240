/** docs/reference/events.md, from the registry of events. */
import { eventReasons } from '../../../src/operator/events.ts';
import { code, page, table } from './markdown.ts';

export function eventsPage(): string {
  const rows = Object.entries(eventReasons).map(([reason, { type, means }]) => [code(reason), type, means]);
  return page(
    'Events',
    'src/operator/events.ts',
    [
      'The operator writes Events on the ClusterOperator. Kubernetes keeps Events of cluster-scoped objects in the namespace `default`:',
      '`kubectl describe clusteroperators.bookend.dev NAME`, or `kubectl get events -n default --field-selector involvedObject.kind=ClusterOperator`.',
      'If an Event cannot be written, the operator logs it and goes on: nothing relies on Events. A message has at most 1,000 characters.',
    ].join('\n'),
    table(['Reason', 'Type', 'When'], rows),
  );
}
