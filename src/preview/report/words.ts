/** Words that all reports share: the command that was played, how it ends, and what stays. */

import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { describeRef } from '../../objects/identity.ts';
import { shellCommand, shellWord } from '../../objects/shell-quote.ts';
import type { Preview } from '../document.ts';
import type { Finding, Severity } from '../finding.ts';
import type { Left } from '../play/outcome.ts';
import { count } from '../rules/words.ts';

/** The command as a person would type it: `helm uninstall agent -n shop --wait`. */
export function commandOf({ subject: { from, name, namespace }, scenario: { tool, wait, hooks } }: Preview): string {
  const flags = `${wait ? ' --wait' : ''}${hooks ? '' : ' --no-hooks'}`;
  switch (tool) {
    case 'helm3':
    case 'helm4':
      return from === 'release'
        ? `helm uninstall ${shellCommand(name, '-n', namespace)}${flags}`
        : `helm uninstall of ${name}${flags}`;
    case 'kubectl':
      return from === 'files' ? `kubectl delete ${shellCommand(...filesIn(name))}` : `kubectl delete of ${name}`;
    case 'argocd':
      return `argocd app delete of ${name}`;
    case 'flux':
      return `flux delete of ${name}`;
    case 'namespace':
      return `kubectl delete namespace ${shellWord(from === 'namespace' ? name : namespace)}`;
    case 'bookend':
      return `a teardown of ${name} by Bookend`;
  }
}

/** As kubectl takes the files that a person has named: `-f a.yaml -f -`. */
function filesIn(name: string): string[] {
  return name.split(', ').flatMap((file) => ['-f', file === 'standard input' ? '-' : file]);
}

/** The whole in a sentence or two: `helm uninstall agent -n shop: 1 error. It fails after 2.0s; nothing remains.` */
export function verdictOf(preview: Preview): string {
  const found = preview.findings.length === 0 ? 'nothing found' : countsOf(preview.findings);
  const accepted = preview.suppressed?.length ?? 0;
  return `${commandOf(preview)}: ${found}${accepted > 0 ? ` (${accepted} suppressed)` : ''}. It ${endingOf(preview)}.`;
}

/** What somebody has accepted, one line each, with the reason. */
export function suppressedTexts({ suppressed = [] }: Preview): string[] {
  return suppressed.map(({ severity, rule, title, suppressed: { by, reason } }) => {
    const how = by === 'baseline' ? 'known in the baseline' : 'ignored by annotation';
    return `${severity} ${rule}: ${title} (${how}: ${reason ?? 'no reason given'})`;
  });
}

/** `2 errors, 1 warning`; `nothing` when there is no finding. */
export function countsOf(findings: readonly Finding[]): string {
  const counts = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const { length } = findings.filter((finding) => finding.severity === severity);
    return length === 0 ? [] : [count(length, severity)];
  });
  return counts.join(', ') || 'nothing';
}

/** The worst that was found; undefined when nothing was. */
export function worstOf(findings: readonly Finding[]): Severity | undefined {
  return (['error', 'warning', 'note'] as const).find((severity) => findings.some((finding) => finding.severity === severity));
}

/**
 * How it ends, as the rest of a sentence that begins with the command. A bad end that rests on what nobody has seen
 * only may come: then all findings are warnings.
 */
export function endingOf({ outcome, returnedMs, settledMs, message, left, findings }: Preview): string {
  const known = left.filter(({ supposed }) => !supposed);
  const remains = known.length === 0 ? 'nothing remains' : count(known.length, 'object remains', 'objects remain');
  const isOpen = worstOf(findings) === 'warning';
  switch (outcome) {
    case 'succeeded':
      return `reports success after ${duration(returnedMs)}; the cluster settles after ${duration(settledMs)}; ${remains}`;
    case 'failed':
      return `${isOpen ? 'may fail' : 'fails'} after ${duration(returnedMs)}${message ? `: ${message}` : ''}; ${remains}`;
    case 'hangs':
      return `${isOpen ? 'may never end' : 'never ends'}${message ? ` (${message})` : ''}; ${remains}`;
  }
}

/** What the same uninstall with Bookend would change, in a word or two; undefined where it was not played. */
export const throughBookend: Record<Finding['bookend'], string | undefined> = {
  prevented: 'prevented',
  reported: 'stops and reports it',
  same: 'the same',
  'not-played': undefined,
};

/** Why something stays, in two or three words. */
export function whyOf({ why, supposed }: Pick<Left, 'why' | 'supposed'>): string {
  return `${supposed ? 'assumed, ' : ''}${whyLeft[why]}`;
}

const whyLeft: Record<Left['why'], string> = {
  stuck: 'stuck in Terminating',
  refused: 'deletion refused',
  kept: 'kept by policy',
  hook: 'created by a hook',
  child: 'its creator is gone',
  storage: 'storage',
  'custom-resource': 'custom resource',
  crd: 'definition',
  secret: 'Secret',
  recreated: 'recreated',
  'pod-effects': 'not cleaned up by its Pod',
  'not-deleted': 'never deleted',
};

/** `spec.serviceAccountName = agent: runs as it`, without the object. */
export function sayingOf({ field, value, says }: FindingEvidence): string {
  const shown = field === undefined ? '' : `${field}${value === undefined ? '' : ` = ${value}`}: `;
  return `${shown}${says}`;
}

/** `manifests/agent.yaml:12`, or the template of a release; undefined where neither is known. */
export function placeOf({ origin }: Pick<FindingEvidence, 'origin'>): string | undefined {
  if (origin?.file !== undefined) return `${origin.file}${origin.line === undefined ? '' : `:${origin.line}`}`;
  return origin?.source;
}

/** The objects of a finding as people write them. */
export function namesOf({ objects }: Pick<Finding, 'objects'>): string[] {
  return objects.map((each) => `${describeRef(each)}${each.labelled === undefined ? '' : ` (labelled as ${each.labelled})`}`);
}

/** `0.2s`, `12.4s`, `4m12s`. */
export function duration(ms: number): string {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}m${seconds % 60}s` : `${Math.floor(minutes / 60)}h${minutes % 60}m`;
}
