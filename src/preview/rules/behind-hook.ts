/**
 * What a hook that fails hides: the uninstall stops at it, and whatever would go wrong afterwards shows only when it is mended. So the same uninstall is played
 * without hooks too, and what is found there is told as what comes next.
 */
import { describeId } from '../../objects/identity.ts';
import type { Finding, Play, Scenario } from '../model.ts';
import type { RuleContext } from './rule.ts';
import { findingsOf } from './rules.ts';

/** Whether a hook ended the uninstall before anything was deleted: then `findingsBehindHook` wants the play without hooks. */
export function stopsAtHook({ scenario, outcome, steps }: Play): boolean {
  return (
    scenario.hooks && outcome === 'failed' && failedHook(steps) !== undefined && !steps.some(({ what }) => what === 'delete')
  );
}

/** The scenario to play for `findingsBehindHook`. */
export function withoutHooks(scenario: Scenario): Scenario {
  return { ...scenario, hooks: false };
}

/**
 * @param context of the play that stopped, so that hooks are still known as hooks and what one of them cleans up is not told.
 * @param found what is told already.
 */
export function findingsBehindHook(context: RuleContext, later: Play, found: readonly Finding[]): Finding[] {
  const hook = failedHook(context.play.steps);
  const told = new Set(found.map(({ rule, title }) => `${rule} ${title}`));
  const rules = new Set(found.map(({ rule }) => rule));
  return findingsOf({ ...context, play: later })
    .filter(({ rule, title }) => !rule.startsWith('hook-') && !rules.has(rule) && !told.has(`${rule} ${title}`))
    .map((finding) => ({
      ...finding,
      severity: finding.severity === 'error' ? 'warning' : finding.severity,
      consequence: `${finding.consequence} This comes when ${hook === undefined ? 'the hook' : describeId(hook)} is mended or left out: as it is, the uninstall stops before.`,
    }));
}

function failedHook(steps: Play['steps']): Play['steps'][number]['id'] {
  return steps.find(
    ({ what, answer }) => (what === 'wait-hook' || what === 'create-hook') && (answer === 'failed' || answer === 'timed-out'),
  )?.id;
}
