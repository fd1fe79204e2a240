/** docs/reference/metrics.md, from the registry that the operator itself serves. */
import { makeMeters } from '../../../src/operator/metrics.ts';
import { code, page, table } from './markdown.ts';

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
