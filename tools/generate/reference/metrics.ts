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
    'Prometheus metrics of the operator, at `/metrics` on port 8080 of its Pods: on their loopback address, and with the value `metrics.service.enabled` by HTTPS on the Service `bookend-metrics`.',
    table(['Metric', 'Type', 'Labels', 'What it counts'], rows),
    [
      'The default metrics of a Node process (`process_…`, `nodejs_…`) are served beside them.',
      'Only the leader works: `bookend_clusteroperators` and the counters of work are those of the leader.',
    ].join('\n'),
  );
}
