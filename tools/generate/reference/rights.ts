/** docs/reference/rights.md, from the list that the chart makes the operator's roles from. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { fieldAt, listOf, textOf, textsOf } from '../../../src/objects/fields.ts';
import { code, page, table } from './markdown.ts';

/** @param file path of charts/bookend/files/rights.yaml */
export function rightsPage(file: string): string {
  const rights = listOf(parse(readFileSync(file, 'utf8')));
  const rows = rights.map((right) => [
    textsOf(fieldAt(right, 'verbs')).map(code).join(', '),
    resourcesOf(right),
    textsOf(fieldAt(right, 'resourceNames')).map(nameOf).join(', ') || 'any',
    places[String(textOf(fieldAt(right, 'scope')))] ?? '',
    conditionOf(right),
    textOf(fieldAt(right, 'reason')) ?? '',
  ]);
  return page(
    'Permissions of the operator',
    'charts/bookend/files/rights.yaml',
    [
      "The operator's ServiceAccount has exactly these permissions. The chart creates its roles from the same list. The objects of a ClusterOperator",
      'are created and deleted as the account that the ClusterOperator acts as, never with these permissions. The names are those of a release called `bookend`.',
    ].join('\n'),
    table(['Verbs', 'Resources', 'Names', 'Where', 'If', 'Reason'], rows),
    [
      'The pre-delete hook has its own ServiceAccount, which exists only while `helm uninstall` runs. It may read and delete ClusterOperators, delete the',
      'webhook configuration, and read what it waits for: Pods, their owners and Events.',
    ].join('\n'),
  );
}

const places: Readonly<Record<string, string>> = {
  Cluster: 'everywhere',
  Release: 'the namespace of the release',
  Probes: 'the namespace of the probes',
  Events: 'namespace `default`',
  Accounts: 'the namespaces of the accounts',
};

function resourcesOf(right: unknown): string {
  const groups = textsOf(fieldAt(right, 'apiGroups'));
  const resources = textsOf(fieldAt(right, 'resources')).map(code).join(', ');
  const named = groups.map((group) => (group === '' ? 'core' : code(group)));
  return `${resources} (${named.join(', ')})`;
}

function nameOf(name: string): string {
  return name === '$(accounts)' ? 'the named accounts' : code(name.replace('$(name)', 'bookend'));
}

function conditionOf(right: unknown): string {
  const [when, unless] = [textOf(fieldAt(right, 'when')), textOf(fieldAt(right, 'unless'))];
  if (when !== undefined) return `${code(when)} is set`;
  return unless === undefined ? '' : `${code(unless)} is empty`;
}
