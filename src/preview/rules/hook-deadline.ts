/**
 * A hook Job that may run longer than Helm waits: Helm gives up with a message that says nothing, and the Job goes on
 * beside the next attempt.
 */
import { fieldAt } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hookRuns, waitsForSupposed } from './hook-runs.ts';
import type { Found, Rule } from './rule.ts';
import { endOf } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export const hookDeadline: Rule = {
  id: 'hook-deadline',
  name: 'A hook may run longer than Helm waits',
  means: [
    'Helm waits for each hook for `--timeout`, five minutes unless told otherwise, and then fails with "timed out waiting for the condition". The Job knows nothing of it and runs on; the next `helm uninstall` finds it there, or',
    'deletes it half-way. A Job with an `activeDeadlineSeconds` below that ends first, with its log.',
  ].join(' '),
  fails: { says: 'Twenty minutes, of which Helm waits five.', yaml: hookExample({ spec: 'activeDeadlineSeconds: 1200' }) },
  passes: { says: 'The Job ends before Helm gives up.', yaml: hookExample({}) },
  find: (input, told) => hookRuns(input).flatMap((run) => (told.has(endOf('hook', run.hook.id)) ? [] : judged(run, input))),
};

function judged(run: HookRun, input: RuleInput): Found[] {
  const { hook, template } = run;
  if (hook.object.kind !== 'Job') return [];
  const ofJob = fieldAt(hook.object, 'spec', 'activeDeadlineSeconds');
  const ofPod = template.spec.activeDeadlineSeconds;
  const deadline = typeof ofJob === 'number' ? ofJob : typeof ofPod === 'number' ? ofPod : undefined;
  const timeout = Math.round(input.scenario.timeoutMs / 1000);
  if (run.end?.answer === 'timed-out')
    return [finding(run, deadline, timeout, waitsForSupposed(input) ? 'warning' : 'error', input)];
  if (deadline !== undefined) return deadline <= timeout ? [] : [finding(run, deadline, timeout, 'warning', input)];
  return waitsWithoutEnd(run) ? [finding(run, undefined, timeout, 'note', input)] : [];
}

/**
 * `kubectl delete` waits for finalizers, `kubectl wait` for 30 s unless told otherwise, loops for as long as they like.
 */
function waitsWithoutEnd({ scripts, calls }: HookRun): boolean {
  if (scripts.some(({ text }) => /\b(while|until)\b/.test(text))) return true;
  return calls.some(
    ({ verb, flags, mayFail }) => verb === 'delete' && !mayFail && !flags.some((flag) => /^--(timeout|wait=false)/.test(flag)),
  );
}

function finding(
  run: HookRun,
  deadline: number | undefined,
  timeout: number,
  severity: Found['severity'],
  input: RuleInput,
): Found {
  const { hook, template } = run;
  const field = 'spec.activeDeadlineSeconds';
  const says = deadline === undefined ? 'absent: the Job may run for ever' : `longer than the ${timeout} s that Helm waits`;
  const timedOut = run.end?.answer === 'timed-out';
  const stopped =
    severity === 'error'
      ? 'In this play it did not end in time.'
      : severity === 'note'
        ? 'It has no effect on a hook that ends in time.'
        : timedOut
          ? 'It depends on whether there are custom resources whose finalizer nobody removes.'
          : 'It depends on how long the hook takes.';
  return {
    severity,
    title: `Hook ${describeId(hook.id)} ${deadline === undefined ? 'has no deadline' : `has ${deadline} s`}, Helm waits ${timeout} s`,
    objects: [hook.id],
    evidence: [
      input.evidence(hook.id, says, field, ...(deadline === undefined ? [] : [String(deadline)])),
      ...(run.end?.message === undefined ? [] : [input.evidence(hook.id, run.end.message, `${template.specPath}.containers`)]),
    ],
    consequence: `When the hook takes longer, Helm gives up without a reason, the release stays "uninstalling", and the Job runs on. ${stopped}`,
    remedy: `In the Job: \`${field}: ${Math.max(30, timeout - 30)}\`, or \`helm uninstall --timeout ${(deadline ?? timeout * 2) + 60}s\`.`,
    tells: timedOut ? [endOf('hook', hook.id)] : [],
  };
}
