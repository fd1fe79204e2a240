/**
 * Compares what Bookend finds in a chart with what was written down about it. Pure. A hazard is found when a rule of
 * its kind names one of its objects. A finding that no hazard expects is not false by that alone: it is listed, for a
 * person to judge. It is false when it says what the expectation says must not be said.
 */

import { groupOf } from '../../src/objects/identity.ts';
import type { Finding } from '../../src/preview/finding.ts';
import { type Expectation, type HazardKind, rulesOfKind } from './expectation.ts';

type Hazard = Expectation['hazards'][number];

export type ChartScore = {
  chart: string;
  found: Hazard[];
  missed: Hazard[];
  /** Findings that the expectation forbids, with the reason. */
  untrue: { finding: Finding; why: string }[];
  /** Errors and warnings that match a hazard. */
  expected: Finding[];
  /** Errors and warnings that no hazard expects, and that a person judged to be true afterwards. */
  judgedTrue: Finding[];
  /** Errors and warnings that no hazard expects and nothing forbids. */
  unjudged: Finding[];
};

export function scoreOf(chart: string, expectation: Expectation, findings: readonly Finding[]): ChartScore {
  const { hazards, mustNotSay, judged } = expectation;
  const found = hazards.filter((hazard) => findings.some((finding) => says(finding, hazard)));
  const loud = findings.filter(({ severity }) => severity !== 'note');
  const judgementOf = (finding: Finding) =>
    judged.find(({ rule, objects }) => rule === finding.rule && objects.some((object) => names(finding, object)));
  const untrue = loud.flatMap((finding) => {
    const forbidden = mustNotSay.find((each) => says(finding, each)) ?? judgementOf(finding);
    return forbidden && !('isTrue' in forbidden && forbidden.isTrue) ? [{ finding, why: forbidden.why }] : [];
  });
  const rest = loud.filter((finding) => !untrue.some((each) => each.finding === finding));
  const expected = rest.filter((finding) => hazards.some((hazard) => says(finding, hazard)));
  const others = rest.filter((finding) => !expected.includes(finding));
  return {
    chart,
    found,
    missed: hazards.filter((hazard) => !found.includes(hazard)),
    untrue,
    expected,
    judgedTrue: others.filter((finding) => judgementOf(finding)?.isTrue === true),
    unjudged: others.filter((finding) => judgementOf(finding) === undefined),
  };
}

/** Recall by kind and by what the hazard depends on; 1 where nothing was expected. */
export function recallOf(scores: readonly ChartScore[], only: (hazard: Hazard) => boolean = () => true): number {
  const found = scores.flatMap((score) => score.found.filter(only)).length;
  const missed = scores.flatMap((score) => score.missed.filter(only)).length;
  return found + missed === 0 ? 1 : found / (found + missed);
}

export function kindsIn(scores: readonly ChartScore[]): HazardKind[] {
  return [...new Set(scores.flatMap(({ found, missed }) => [...found, ...missed].map(({ kind }) => kind)))].sort();
}

/** What only exists at run time has a name that no manifest tells: its kind is enough. */
function says(
  finding: Finding,
  { kind, objects, when }: { kind: HazardKind; objects: readonly string[]; when?: string },
): boolean {
  const rules: readonly string[] = rulesOfKind[kind];
  const wanted = when === 'user' ? objects.map((object) => object.replace(/\/.*/s, '')) : objects;
  return rules.includes(finding.rule) && wanted.some((object) => names(finding, object));
}

/** The objects of a finding, those of its evidence, and the kinds that its sentences name. */
function names(finding: Finding, object: string): boolean {
  const [kindAndGroup = '', name] = object.split(/\/(.*)/s);
  const [kind = '', group = ''] = kindAndGroup.split(/\.(.*)/s);
  const isAny = name === undefined || /RELEASE|NAMESPACE/.test(name);
  const isMeant = (each: Finding['objects'][number]) =>
    each.kind === kind && groupOf(each.apiVersion) === group && (isAny || each.name === name);
  if (finding.objects.some(isMeant)) return true;
  const texts = [finding.title, finding.consequence, ...finding.evidence.flatMap((each) => [each.object, each.says])];
  // As people and kubectl call it: `widgets.example.com`.
  const resource = group === '' ? undefined : new RegExp(`\\b${kind.toLowerCase()}(s|es)?\\.${group.replaceAll('.', '\\.')}\\b`);
  return texts.some(
    (text) => (new RegExp(`\\b${kind}s?\\b`).test(text) || resource?.test(text) === true) && (isAny || text.includes(name)),
  );
}
