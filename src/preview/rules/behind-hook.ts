/**
 * What a hook that fails hides: the uninstall stops at it, and whatever would go wrong afterwards shows only when it is
 * mended. So the same uninstall is played without hooks too, and what is found there is told as what comes next.
 */
import { describeId } from '../../objects/identity.ts';
import type { Scenario } from '../../uninstall/scenario.ts';
import type { Finding } from '../finding.ts';
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
 * All findings together: those of the play that stopped, and what comes next.
 * @param context of the play that stopped, so that hooks are still known as hooks and what one of them cleans up is not
 * told.
 * @param found in it.
 */
export function findingsBehindHook(context: RuleContext, later: Play, found: readonly Finding[]): Finding[] {
  const hook = failedHook(context.play.steps);
  const rules = new Set(found.map(({ rule }) => rule));
  const next = findingsOf({ ...context, play: later })
    .filter(({ rule }) => !rule.startsWith('hook-') && !rules.has(rule))
    .map(
      (finding): Finding => ({
        ...finding,
        severity: finding.severity === 'error' ? 'warning' : finding.severity,
        consequence: `${finding.consequence} This comes when ${hook === undefined ? 'the hook' : describeId(hook)} is mended or left out: as it is, the uninstall stops before.`,
      }),
    );
  // A note of what stays is no news beside the harm that it does.
  const harmful = new Set(next.filter(({ severity }) => severity !== 'note').flatMap(({ objects }) => objects.map(key)));
  const remaining = found.filter(
    ({ severity, objects }) => severity !== 'note' || !objects.every((each) => harmful.has(key(each))),
  );
  return inOrder([...remaining, ...next]);
}

function key({ kind, namespace, name }: Finding['objects'][number]): string {
  return `${kind} ${namespace ?? ''}/${name}`;
}

function failedHook(steps: Play['steps']): Play['steps'][number]['id'] {
  return steps.find(
    ({ what, answer }) => (what === 'wait-hook' || what === 'create-hook') && (answer === 'failed' || answer === 'timed-out'),
  )?.id;
}
