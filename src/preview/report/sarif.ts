/**
 * The findings as SARIF 2.1.0 (OASIS), for code scanning: each with its rule's help, a place in a file where one is known, and a fingerprint that stays the
 * same while the finding does, whatever lines move.
 */
import { createHash } from 'node:crypto';
import type { Location, Log, ReportingDescriptor, Result } from 'sarif';
import { describeRef } from '../../objects/identity.ts';
import type { Finding, FindingEvidence, Preview } from '../model.ts';
import { commandOf, placeOf, sayingOf, throughBookend } from './words.ts';

/** What SARIF says of a rule; the rules of `rules/` have all of it. */
export type RuleText = { id: string; name: string; means: string };

export type SarifOptions = {
  version: string;
  /** Every rule that could have found something. */
  rules: readonly RuleText[];
};

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export function sarifReport(preview: Preview, { version, rules }: SarifOptions): string {
  const known = [...rules, ...unlisted(preview.findings, rules)];
  const indexOf = new Map(known.map(({ id }, index) => [id, index]));
  const log: Log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'bookend', semanticVersion: version, rules: known.map(ruleOf) },
        },
        automationDetails: { id: `bookend/${preview.subject.from}/${preview.scenario.tool}/` },
        columnKind: 'utf16CodeUnits',
        results: preview.findings.map((finding) => resultOf(finding, indexOf.get(finding.rule) ?? 0)),
        properties: { command: commandOf(preview), outcome: preview.outcome, notSeen: preview.notSeen },
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** Findings of rules that are not in the list: SARIF wants every rule described. */
function unlisted(findings: readonly Finding[], rules: readonly RuleText[]): RuleText[] {
  const listed = new Set(rules.map(({ id }) => id));
  const found = findings.filter(({ rule }) => !listed.has(rule));
  return [
    ...new Map(
      found.map(({ rule, title, consequence, remedy }) => [rule, { id: rule, name: title, means: `${consequence} ${remedy}` }]),
    ).values(),
  ];
}

function ruleOf({ id, name, means }: RuleText): ReportingDescriptor {
  return {
    id,
    name: pascal(id),
    shortDescription: { text: name },
    fullDescription: { text: means },
    help: { text: means },
  };
}

/** GitHub and others show names in this form: `PermissionsBeforePods`. */
function pascal(id: string): string {
  return id.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function resultOf(finding: Finding, ruleIndex: number): Result {
  const { rule, severity, title, consequence, remedy, bookend, evidence, objects, scenario } = finding;
  const through = throughBookend[bookend];
  const places = evidence.filter((each) => placeOf(each) !== undefined);
  const [main, ...related] = places.length > 0 ? places : evidence;
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text: `${title}. ${consequence} ${remedy}${through === undefined ? '' : ` (With Bookend: ${through}.)`}` },
    locations: [locationOf(main, objects)],
    relatedLocations: related.map((each, index) => ({
      id: index + 1,
      ...locationOf(each, []),
      message: { text: `${each.object}: ${sayingOf(each)}` },
    })),
    partialFingerprints: { 'bookendFinding/v1': fingerprintOf(finding) },
    properties: { scenario, bookend, objects: objects.map(describeRef) },
  };
}

function locationOf(evidence: FindingEvidence | undefined, objects: Finding['objects']): Location {
  const uri = evidence?.origin?.file ?? evidence?.origin?.source;
  const { file, line } = evidence?.origin ?? {};
  const names = objects.length > 0 ? objects.map(describeRef) : evidence ? [evidence.object] : [];
  return {
    ...(uri !== undefined && {
      physicalLocation: {
        artifactLocation: { uri: uriOf(uri) },
        ...(file !== undefined && line !== undefined && { region: { startLine: line } }),
      },
    }),
    logicalLocations: names.map((fullyQualifiedName) => ({ fullyQualifiedName, kind: 'object' })),
  };
}

/** A relative or absolute path as a URI reference. */
function uriOf(path: string): string {
  const encoded = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(\.\/)+/, '');
}

/** Of what is found and on what, not of where it stands: the same finding is known again after lines have moved. */
function fingerprintOf({ rule, scenario, objects, evidence }: Finding): string {
  const fields = evidence.map(({ id, field }) => `${id}#${field ?? ''}`);
  const parts = [rule, scenario, ...objects.map((object) => `${object.apiVersion}/${describeRef(object)}`), ...fields];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
