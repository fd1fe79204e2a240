/**
 * What a hook that fails hides: the uninstall stops at it, and whatever would go wrong afterwards shows only when it is
 * mended. So the same uninstall is played without hooks too, and what is found there is told as what comes next.
 */
import { describeId, type ObjectId } from '../../objects/identity.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import { idOfStep } from '../../uninstall/step.ts';
import type { Finding, UnplayedFinding } from '../finding.ts';
import type { Play } from '../play/outcome.ts';
import type { RuleContext } from './rule-context.ts';
import { findingsOf, inOrder } from './rules.ts';

/**
 * Whether a hook ended the uninstall before anything was deleted: then `findingsBehindHook` wants the play without
 * hooks.
 */
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
 * What comes next, once the hook is fixed or left out.
 * @param context of the play that stopped, so that hooks are still known as hooks and what one of them cleans up is not
 * reported.
 * @param found in it.
 */
export function findingsBehindHook(context: RuleContext, later: Play, found: readonly UnplayedFinding[]): UnplayedFinding[] {
  const hook = failedHook(context.play.steps);
  const name = hook === undefined ? 'the hook' : describeId(hook);
  // A hook that fails for what nobody has seen may as well succeed.
  const isSure = found.some(({ rule, severity }) => rule.startsWith('hook-') && severity === 'error');
  const when = isSure
    ? `This happens once ${name} is fixed or left out; today the uninstall stops before.`
    : `This happens unless ${name} fails: then the uninstall stops before.`;
  const rules = new Set(found.map(({ rule }) => rule));
  return findingsOf({ ...context, play: later })
    .filter(({ rule }) => !rule.startsWith('hook-') && !rules.has(rule))
    .map((finding) => ({
      ...finding,
      severity: finding.severity === 'error' ? 'warning' : finding.severity,
      consequence: `${finding.consequence} ${when}`,
    }));
}

/** All findings together. A note of what stays is no news beside the harm that it does. */
export function withFindingsBehindHook(found: readonly Finding[], next: readonly Finding[]): Finding[] {
  const harmful = new Set(next.filter(({ severity }) => severity !== 'note').flatMap(({ objects }) => objects.map(key)));
  const remaining = found.filter(
    ({ severity, objects }) => severity !== 'note' || !objects.every((each) => harmful.has(key(each))),
  );
  return inOrder([...remaining, ...next]);
}

function key({ kind, namespace, name }: Finding['objects'][number]): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

function failedHook(steps: Play['steps']): ObjectId | undefined {
  const failed = steps.find(
    (step) =>
      (step.what === 'wait-hook' || step.what === 'create-hook') && (step.answer === 'failed' || step.answer === 'timed-out'),
  );
  return failed && idOfStep(failed);
}
