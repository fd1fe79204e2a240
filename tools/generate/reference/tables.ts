/** The pages of docs/reference that are one table each, from the registries of events, rules, errors and metrics. */
import { errorCodes } from '../../../src/errors.ts';
import { rules } from '../../../src/graph/rules.ts';
import { eventReasons } from '../../../src/operator/events.ts';
import { makeMeters } from '../../../src/operator/metrics.ts';
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

export function rulesPage(): string {
  return page(
    'Rules that find edges',
    'src/graph/rules.ts',
    [
      'An edge means "A needs B while A exists". Each rule finds one kind of edge by reading fields of the objects.',
      '`bookend plan -f FILE --explain` prints every edge with the fields that prove it.',
    ].join('\n'),
    table(
      ['Rule', 'What goes wrong if the needed object is deleted first'],
      rules.map(({ name, why }) => [code(name), why]),
    ),
    [
      '`dependsOn` of a component orders whole components.',
      'Some edges are only likely (`certainty: inferred` or `broad` in `-o json`). In a cycle, Bookend drops them in favour of edges that a field proves.',
    ].join('\n'),
  );
}

export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([name, { exit, title, advice }]) => [
    code(name),
    String(exit),
    `${title}.`,
    advice,
  ]);
  return page(
    'Errors and exit codes',
    'src/errors.ts',
    [
      'Every error states what failed, on which object, why, and what to do. Its code is stable and determines the exit code.',
      'With `-o json` an error is one JSON document on standard error, with `code`, `exitCode`, `message`, `object`, `field` and `advice`.',
    ].join('\n'),
    table(['Code', 'Exit code', 'Meaning', 'What to do'], rows),
    [
      'Exit code 0 means success. 130 and 143 mean that SIGINT or SIGTERM ended the command; what it deleted by then stays deleted.',
      'The pre-delete hook of a chart retries after exit code 6 (the API server did not answer). Every other code ends it at once.',
    ].join('\n'),
  );
}

/** What a metric of prom-client knows of itself; its types leave `labelNames` out. */
type Described = { name: string; help: string; type: string; labelNames?: readonly string[] };

export function metricsPage(): string {
  const metrics = makeMeters().registry.getMetricsAsArray() as unknown as Described[];
  const rows = metrics.map(({ name, help, type, labelNames = [] }) => [
    code(name),
    type,
    labelNames
      .filter((label) => label !== 'le')
      .map(code)
      .join(', '),
    help,
  ]);
  return page(
    'Metrics',
    'src/operator/metrics.ts',
    'The operator serves Prometheus metrics at `/metrics` on port 8080, on the loopback address of its Pods. With the value `metrics.service.enabled` it also serves them by HTTPS on the Service `bookend-metrics`.',
    table(['Metric', 'Type', 'Labels', 'Meaning'], rows),
    [
      'The operator also serves the default metrics of a Node process (`process_…`, `nodejs_…`).',
      'Only the leader works, so `bookend_clusteroperators` and the work counters come from the leader.',
    ].join('\n'),
  );
}
