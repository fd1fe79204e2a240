/** docs/reference/events.md, from the registry of events. */
import { eventReasons } from '../../../src/operator/events.ts';
import { code, page, table } from './markdown.ts';

export function eventsPage(): string {
  const rows = Object.entries(eventReasons).map(([reason, { type, means }]) => [code(reason), type, means]);
  return page(
    'Events',
    'src/operator/events.ts',
    [
      'The operator writes Events on the ClusterOperator. As for all cluster-scoped objects they live in the namespace `default`:',
      '`kubectl describe clusteroperators.bookend.dev NAME`, or `kubectl get events -n default --field-selector involvedObject.kind=ClusterOperator`.',
      'One that cannot be written is logged and forgotten: nothing relies on Events. Messages are cut at 1,000 characters.',
    ].join('\n'),
    table(['Reason', 'Type', 'When'], rows),
  );
}
