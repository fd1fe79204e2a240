/** Which files are generated, and from what. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { lintJsonSchema } from '../../src/cli/lint/schema.ts';
import { previewJsonSchema } from '../../src/cli/preview/schema.ts';
import { receiptJsonSchema } from '../../src/cli/residue/schema.ts';
import { dryRunJsonSchema } from '../../src/cli/uninstall/schema.ts';
import { whyJsonSchema } from '../../src/cli/why/schema.ts';
import { clusterOperatorCrd } from '../../src/resource/crd.ts';
import { parseCast } from '../recording/cast.ts';
import { recordingSvg } from '../recording/svg.ts';
import { cliPage } from './reference/cli.ts';
import { clusterOperatorPage } from './reference/cluster-operator.ts';
import { findingsPage } from './reference/findings.ts';
import { rightsPage } from './reference/rights.ts';
import { errorsPage, eventsPage, metricsPage, rulesPage } from './reference/tables.ts';
import { valuesPage } from './reference/values.ts';

const root = join(import.meta.dirname, '..', '..');

/** Every generated file by its path from the repository's root. */
export async function generatedFiles(): Promise<Record<string, string>> {
  return {
    'charts/bookend/files/clusteroperators.bookend.dev.yaml': crdFile(),
    'docs/demo.svg': recordingSvg(parseCast(readFileSync(join(root, 'docs', 'demo.cast'), 'utf8'))),
    'docs/reference/clusteroperator.md': clusterOperatorPage(),
    'docs/reference/cli.md': cliPage(),
    'docs/reference/errors.md': errorsPage(),
    'docs/reference/events.md': eventsPage(),
    'docs/reference/findings.md': findingsPage(),
    'docs/reference/lint.schema.json': `${JSON.stringify(lintJsonSchema(), null, 2)}\n`,
    'docs/reference/metrics.md': metricsPage(),
    'docs/reference/overview.schema.json': `${JSON.stringify(dryRunJsonSchema(), null, 2)}\n`,
    'docs/reference/preview.schema.json': `${JSON.stringify(previewJsonSchema(), null, 2)}\n`,
    'docs/reference/receipt.schema.json': `${JSON.stringify(receiptJsonSchema(), null, 2)}\n`,
    'docs/reference/rights.md': rightsPage(join(root, 'charts', 'bookend', 'files', 'rights.yaml')),
    'docs/reference/rules.md': rulesPage(),
    'docs/reference/why.schema.json': `${JSON.stringify(whyJsonSchema(), null, 2)}\n`,
    'docs/reference/values.md': valuesPage(join(root, 'charts', 'bookend', 'values.yaml')),
  };
}

function crdFile(): string {
  return `# Generated from src/resource/cluster-operator.ts by npm run generate.\n${stringify(clusterOperatorCrd(), { lineWidth: 0 })}`;
}
