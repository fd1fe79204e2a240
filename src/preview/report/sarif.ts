/**
 * The findings as SARIF 2.1.0 (OASIS), for code scanning: each with its rule's help, a place in a file where one is
 * known, and a fingerprint that stays the same while the finding does, whatever lines move.
 */
import { createHash } from 'node:crypto';
import type { Location, Log, ReportingDescriptor, Result, Run, Suppression } from 'sarif';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { describeRef } from '../../objects/identity.ts';
import { remediesParagraph } from '../../remedies/remedy-text.ts';
import type { Preview } from '../document.ts';
import type { Finding, Severity, Suppressed } from '../finding.ts';
import { commandOf, placeOf, sayingOf, throughBookend } from './words.ts';

/** What SARIF says of a rule; the rules of `rules/` have all of it. */
type RuleText = { id: string; name: string; means: string; severity: Severity };

export type SarifOptions = {
  version: string;
  /** Every rule that could have found something. */
  rules: readonly RuleText[];
};

const schema = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

export function sarifReport(preview: Preview, options: SarifOptions): string {
  return sarifLog([preview], options, {
    automationDetails: { id: `bookend/${preview.subject.from}/${preview.scenario.tool}/` },
    properties: { command: commandOf(preview), outcome: preview.outcome, notSeen: preview.notSeen },
  });
}

/** What was to be looked at and could not be. */
export type Unseen = { subject: string; message: string };

/**
 * Of several: still one run, since services that take SARIF take one for each tool. Each result names its subject, in
 * its text too.
 * @param unseen makes the run one that was not successful
 */
export function sarifOfSeveral(previews: readonly Preview[], unseen: readonly Unseen[], options: SarifOptions): string {
  const notifications = unseen.map(({ subject, message }) => ({
    level: 'error' as const,
    message: { text: withoutLinks(`${subject}: ${message}`) },
  }));
  return sarifLog(
    previews,
    options,
    {
      automationDetails: { id: 'bookend/lint/' },
      invocations: [{ executionSuccessful: unseen.length === 0, toolExecutionNotifications: notifications }],
      properties: {
        subjects: previews.map((each) => ({
          ...{ subject: each.subject.name, command: commandOf(each) },
          ...{ outcome: each.outcome, notSeen: each.notSeen },
        })),
      },
    },
    (each) => each.subject.name,
  );
}

function sarifLog(
  previews: readonly Preview[],
  { version, rules }: SarifOptions,
  details: Partial<Run>,
  nameOf: (preview: Preview) => string | undefined = () => undefined,
): string {
  const findings = previews.flatMap(resultsIn);
  const known = [...rules, ...unlisted(findings, rules)];
  const indexOf = new Map(known.map(({ id }, index) => [id, index]));
  const log: Log = {
    $schema: schema,
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'bookend', semanticVersion: version, rules: known.map(ruleOf) },
        },
        columnKind: 'utf16CodeUnits',
        results: previews.flatMap((each) =>
          resultsIn(each).map((finding) => resultOf(finding, indexOf.get(finding.rule) ?? 0, nameOf(each))),
        ),
        ...details,
      },
    ],
  };
  return `${JSON.stringify(log, null, 2)}\n`;
}

/** Services that take SARIF show suppressed results as such, and close what is not in it any more. */
function resultsIn({ findings, suppressed = [] }: Preview): (Finding | Suppressed)[] {
  return [...findings, ...suppressed];
}

/** Findings of rules that are not in the list: SARIF wants every rule described. */
function unlisted(findings: readonly Finding[], rules: readonly RuleText[]): RuleText[] {
  const listed = new Set(rules.map(({ id }) => id));
  const found = findings.filter(({ rule }) => !listed.has(rule));
  return [
    ...new Map(
      found.map(({ rule, severity, title, consequence, remedies }) => [
        rule,
        { id: rule, name: title, means: `${consequence} ${remediesParagraph(remedies)}`, severity },
      ]),
    ).values(),
  ];
}

function ruleOf({ id, name, means, severity }: RuleText): ReportingDescriptor {
  return {
    id,
    name: pascal(id),
    shortDescription: { text: name },
    fullDescription: { text: means },
    help: { text: means },
    defaultConfiguration: { level: severity },
  };
}

/** GitHub and others show names in this form: `PermissionsBeforePods`. */
function pascal(id: string): string {
  return id.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** @param subject where several are in one report */
function resultOf(finding: Finding | Suppressed, ruleIndex: number, subject: string | undefined): Result {
  const { rule, severity, title, consequence, remedies, bookend, evidence, objects, scenario } = finding;
  const through = throughBookend[bookend];
  const places = evidence.filter((each) => placeOf(each) !== undefined);
  const [main, ...related] = places.length > 0 ? places : evidence;
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: {
      text: withoutLinks(
        `${subject === undefined ? '' : `${subject}: `}${title}. ${consequence} ${remediesParagraph(remedies)}${through === undefined ? '' : ` (With Bookend: ${through}.)`}`,
      ),
    },
    locations: [locationOf(main, objects)],
    relatedLocations: related.map((each, index) => ({
      id: index + 1,
      ...locationOf(each, []),
      message: { text: withoutLinks(`${each.object}: ${sayingOf(each)}`) },
    })),
    ...('suppressed' in finding && { suppressions: [suppressionOf(finding)] }),
    partialFingerprints: { 'bookendFinding/v1': fingerprintOf(finding, subject) },
    properties: { scenario, bookend, objects: objects.map(describeRef), remedies, ...(subject !== undefined && { subject }) },
  };
}

function suppressionOf({ suppressed: { by, reason } }: Suppressed): Suppression {
  return {
    kind: by === 'annotation' ? 'inSource' : 'external',
    status: 'accepted',
    ...(reason !== undefined && { justification: withoutLinks(reason) }),
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

/** `[text](address)` in a message is a link (SARIF 3.11.6), and names are chosen by others. */
function withoutLinks(text: string): string {
  return text.replaceAll('](', '] (');
}

/** A relative or absolute path as a URI reference. */
function uriOf(path: string): string {
  const encoded = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return path.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(\.\/)+/, '');
}

/** Of what is found and on what, not of where it stands: the same finding is known again after lines have moved. */
function fingerprintOf({ rule, scenario, objects, evidence }: Finding, subject: string | undefined): string {
  const fields = evidence.map(({ id, field }) => `${id}#${field ?? ''}`);
  const parts = [rule, scenario, ...objects.map((object) => `${object.apiVersion}/${describeRef(object)}`), ...fields];
  if (subject !== undefined) parts.unshift(subject);
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
