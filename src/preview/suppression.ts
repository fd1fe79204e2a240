/**
 * Findings that people have looked at and accepted: by an annotation of the object, with a reason, or by a baseline
 * file of what was known when a check was introduced. They are still reported, as suppressed, and never fail a check.
 *
 * Only annotations that the author of the manifest wrote count: those of live objects may be written by others.
 */
import { idOf, idOfRef } from '../objects/identity.ts';
import { ignoreAnnotation, ignoreReasonAnnotation } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Subject } from '../reading/subject.ts';
import type { Finding, Suppressed } from './finding.ts';

/** What a baseline file holds: findings by rule and objects, whatever else changes in them. */
export type Baseline = { version: 1; findings: BaselineEntry[] };
type BaselineEntry = { subject: string; rule: string; objects: string[]; reason?: string | undefined };

export type Sorted = {
  findings: Finding[];
  suppressed: Suppressed[];
};

/**
 * Takes the suppressed findings apart from the others.
 * @param subject as it was read; annotations of a live namespace's objects do not count
 */
export function withoutSuppressed(findings: readonly Finding[], subject: Subject, baseline?: Baseline): Sorted {
  const annotated = subject.from === 'namespace' ? [] : [...subject.objects, ...subject.hooks, ...subject.crds];
  const authored = new Map(annotated.map(({ object }) => [idOf(object), object]));
  const known = new Map(baseline?.findings.map((entry) => [keyOf(entry), entry]));
  const sorted: Sorted = { findings: [], suppressed: [] };
  for (const finding of findings) {
    const ignored = ignoredBy(finding, authored);
    const entry = known.get(keyOf(entryOf(subject.name, finding)));
    if (ignored) sorted.suppressed.push({ ...finding, suppressed: { by: 'annotation', ...reasonOf(ignored) } });
    else if (entry) {
      const { reason } = entry;
      sorted.suppressed.push({ ...finding, suppressed: { by: 'baseline', ...(reason !== undefined && { reason }) } });
    } else sorted.findings.push(finding);
  }
  return sorted;
}

/** Rules that annotations name and that do not exist, in words: a typing error suppresses nothing. */
export function unknownIgnored({ objects, hooks, crds }: Subject, rules: ReadonlySet<string>): string[] {
  return [...objects, ...hooks, ...crds].flatMap(({ object }) =>
    ignoredRules(object)
      .filter((rule) => !rules.has(rule))
      .map((rule) => `${object.kind} ${object.metadata.name}: ${ignoreAnnotation} names "${rule}", which is no rule`),
  );
}

/** @returns a baseline of what was found, sorted so that a change shows as a small difference */
export function baselineOf(found: readonly { subject: string; findings: readonly Finding[] }[]): Baseline {
  const entries = found.flatMap(({ subject, findings }) => findings.map((finding) => entryOf(subject, finding)));
  const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]));
  return { version: 1, findings: [...byKey.keys()].sort().flatMap((key) => byKey.get(key) ?? []) };
}

/** Of several objects of one kind, such as the definitions of a chart, each must carry the annotation. */
function ignoredBy({ rule, objects }: Finding, authored: ReadonlyMap<string, KubernetesObject>): KubernetesObject | undefined {
  const [main] = objects;
  const alike = objects.filter(({ kind, apiVersion }) => kind === main?.kind && apiVersion === main.apiVersion);
  const manifests = alike.map((ref) => authored.get(idOfRef(ref)));
  const ignoring = manifests.filter((object) => object !== undefined && ignoredRules(object).includes(rule));
  return ignoring.length === alike.length ? ignoring[0] : undefined;
}

function ignoredRules({ metadata }: KubernetesObject): string[] {
  const value = metadata.annotations?.[ignoreAnnotation];
  if (typeof value !== 'string') return [];
  return value.split(',').flatMap((rule) => (rule.trim() === '' ? [] : [rule.trim()]));
}

function reasonOf({ metadata }: KubernetesObject): { reason?: string } {
  const reason = metadata.annotations?.[ignoreReasonAnnotation];
  return typeof reason === 'string' && reason.trim() !== '' ? { reason: reason.trim() } : {};
}

function entryOf(subject: string, { rule, objects }: Finding): BaselineEntry {
  return { subject, rule, objects: objects.map(idOfRef).sort() };
}

function keyOf({ subject, rule, objects }: BaselineEntry): string {
  return JSON.stringify([subject, rule, [...objects].sort()]);
}
