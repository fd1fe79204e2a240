/**
 * A preview held to what really happened, pure: what it said and what came true, what happened and was not said, what
 * it said and did not happen. What a preview says is each error and warning, each object that it leaves, each failed
 * preStop hook, and how the tool ends.
 */
import { groupOf, makeId, type ObjectId } from '../../src/objects/identity.ts';
import type { Preview } from '../../src/preview/document.ts';
import type { Finding } from '../../src/preview/finding.ts';
import type { Existing, Reality } from './reality.ts';
import type { Played } from './run.ts';

export type Verdict = {
  /** Errors of the preview, and harm of the uninstall that it told, in words. */
  right: string[];
  /** Harm of the uninstall that the preview did not tell. */
  missed: string[];
  /** Errors, and ends of objects, that did not come true. */
  wrong: string[];
  /** Warnings say on what they depend: they need not come true. */
  warningsTrue: string[];
  warningsNotTrue: string[];
};

export function judge(preview: Preview, reality: Reality): Verdict {
  const verdict: Verdict = { right: [], missed: [], wrong: [], warningsTrue: [], warningsNotTrue: [] };
  for (const finding of preview.findings) judgeFinding(finding, preview, reality, verdict);
  // What a warning made depend on something that is not visible went the other way, and everything after it.
  if (preview.outcome !== outcomeOf(reality) && verdict.warningsTrue.length > 0) return verdict;
  judgeOutcome(preview, reality, verdict);
  judgeLeft(preview, reality, verdict);
  judgePods(preview, reality, verdict);
  judgeLost(preview, reality, verdict);
  return verdict;
}

function judgeOutcome(preview: Preview, reality: Reality, verdict: Verdict): void {
  const seen = outcomeOf(reality);
  if (preview.outcome === seen) verdict.right.push(`outcome ${seen}`);
  else {
    verdict.wrong.push(`outcome ${preview.outcome}`);
    verdict.missed.push(`outcome ${seen}`);
  }
}

/** In the preview's words. */
function outcomeOf({ code, left }: Reality): Preview['outcome'] {
  if (code === undefined) return 'hangs';
  if (code !== 0) return 'failed';
  return left.some(({ terminating }) => terminating) ? 'hangs' : 'succeeded';
}

function judgeLeft(preview: Preview, { left, older }: Reality, verdict: Verdict): void {
  const said = new Map(preview.left.filter(({ why }) => why !== 'pod-effects').map((each) => [each.id, each]));
  const seen = new Map(left.map((each) => [each.id, each]));
  for (const each of left) {
    if (said.has(each.id)) continue;
    // What somebody made stays with its maker; the preview names the maker.
    if (isOfLeft(each, seen)) continue;
    if (toldBy(preview.findings, each.id)) verdict.right.push(`left ${each.id}`);
    else verdict.missed.push(`left ${each.id}`);
  }
  for (const { id, why } of said.values()) {
    const there = seen.get(id);
    const asSaid = why === 'stuck' ? there?.terminating : there !== undefined || older.includes(id);
    if (asSaid) verdict.right.push(`left ${id}`);
    else verdict.wrong.push(`left ${id} (${why})`);
  }
}

function isOfLeft({ of }: Existing, seen: ReadonlyMap<ObjectId, Existing>): boolean {
  return of.some((owner) => seen.has(owner));
}

function judgePods(preview: Preview, { failedPreStop }: Reality, verdict: Verdict): void {
  const said = new Set(
    preview.timeline.flatMap(({ pod, object }) =>
      pod?.preStop?.outcome === 'failed' && (pod.preStop.calls === 'certain' || pod.preStop.calls === 'likely')
        ? [`${object.namespace}/${object.name}`]
        : [],
    ),
  );
  for (const pod of failedPreStop) (said.has(pod) ? verdict.right : verdict.missed).push(`preStop hook of ${pod} failed`);
  for (const pod of said) if (!failedPreStop.includes(pod)) verdict.wrong.push(`preStop hook of ${pod} failed`);
}

function judgeLost({ findings, left, timeline }: Preview, { lost }: Reality, verdict: Verdict): void {
  for (const id of lost) {
    const goes = timeline.some((each) => each.id === id && each.goneAt !== undefined);
    const told = goes || toldBy(findings, id) || left.some((each) => each.id === id && each.why === 'recreated');
    (told ? verdict.right : verdict.missed).push(`lost ${id}`);
  }
}

/**
 * An error must come true in at least one of its objects; what a finding says of hooks comes true when Helm gives up
 * over them.
 */
function judgeFinding(finding: Finding, preview: Preview, reality: Reality, verdict: Verdict): void {
  if (finding.severity === 'note') return;
  const words = `${finding.severity} ${finding.rule}`;
  const cameTrue = idsOf(finding).some((id) => harmed(id, preview, reality)) || hookEnded(finding, reality);
  if (finding.severity === 'warning') (cameTrue ? verdict.warningsTrue : verdict.warningsNotTrue).push(words);
  else (cameTrue ? verdict.right : verdict.wrong).push(words);
}

function harmed(id: ObjectId, { timeline }: Preview, { left, lost, failedPreStop, code, output }: Reality): boolean {
  const podsOf = timeline.filter(({ pod }) => pod?.of === id).map(({ object }) => `${object.namespace}/${object.name}`);
  const [, name = ''] = /\/([^/]+)$/.exec(id) ?? [];
  return (
    left.some((each) => each.id === id) ||
    lost.includes(id) ||
    podsOf.some((pod) => failedPreStop.includes(pod)) ||
    (code !== 0 && output.includes(name))
  );
}

function hookEnded({ rule }: Finding, { code, output }: Reality): boolean {
  return rule.startsWith('hook-') && code !== 0 && /hook/i.test(output);
}

function toldBy(findings: readonly Finding[], id: ObjectId): boolean {
  return findings.some((finding) => idsOf(finding).includes(id));
}

function idsOf({ objects, evidence }: Finding): ObjectId[] {
  const named = objects.map(({ apiVersion, kind, namespace, name }) => {
    // Of what is not known any more the preview has the group alone.
    const group = apiVersion.includes('/') || apiVersion === 'v1' ? groupOf(apiVersion) : apiVersion;
    return makeId(group, kind, namespace, name);
  });
  return [...named, ...evidence.map(({ id }) => id)];
}

export function show({ preview, reality, verdict }: Played): string {
  const lines: Record<string, readonly string[]> = {
    missed: verdict.missed,
    false: verdict.wrong,
    'warnings that came true': verdict.warningsTrue,
    'warnings that did not': verdict.warningsNotTrue,
    findings: preview.findings.map(({ severity, rule, title, consequence }) => `${severity} ${rule}: ${title}. ${consequence}`),
    'said to be left': preview.left.map(({ id, why }) => `${id} (${why})`),
    left: reality.left.map(({ id, terminating, finalizers, of }) =>
      [id, terminating ? 'terminating' : '', finalizers.join(' '), of.length > 0 ? `of ${of.join(' ')}` : '']
        .filter(Boolean)
        .join(', '),
    ),
    lost: reality.lost,
    'failed preStop hooks': reality.failedPreStop,
    [`the tool ended with ${reality.code ?? 'nothing: it was stopped'}`]: [reality.output.trim()],
  };
  return Object.entries(lines)
    .filter(([, those]) => those.length > 0)
    .map(([what, those]) => [`${what}:`, ...those.map((each) => `  ${each}`)].join('\n'))
    .join('\n');
}
