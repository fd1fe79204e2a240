/**
 * A hook Job that may run longer than Helm waits: Helm gives up with a message that says nothing, and the Job goes on
 * beside the next attempt.
 */
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import { causeOf, type HookCause, ownDeletion } from './hook-causes.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hookRuns, waitsForSupposed } from './hook-runs.ts';
import { sidecarEvidence, withoutSidecars } from './hook-sidecars.ts';
import { change, helmUninstall } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export const meta: RuleMeta = {
  id: 'hook-deadline',
  name: 'A hook may run longer than Helm waits',
  means: [
    'Helm waits for each hook for `--timeout`, five minutes by default, and then fails with "timed out waiting for the condition". The Job runs on; the next `helm uninstall` finds it there, or',
    'deletes it half-way. A Job with a shorter `activeDeadlineSeconds` ends first, with its log.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['hook-unschedulable'],
  fails: { says: 'Twenty minutes, of which Helm waits five.', yaml: hookExample({ spec: 'activeDeadlineSeconds: 1200' }) },
  passes: { says: 'The Job ends before Helm gives up.', yaml: hookExample({}) },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  return hookRuns(input).flatMap((run) => (isExplained('hook', run.hook.id) ? [] : judged(run, input)));
}

function judged(run: HookRun, input: RuleInput): Found[] {
  const { hook, template } = run;
  if (hook.object.kind !== 'Job') return [];
  const ofJob = fieldAt(hook.object, 'spec', 'activeDeadlineSeconds');
  const ofPod = template.spec.activeDeadlineSeconds;
  const deadline = typeof ofJob === 'number' ? ofJob : typeof ofPod === 'number' ? ofPod : undefined;
  const timeout = Math.round(input.scenario.timeoutMs / 1000);
  if (run.end?.answer === 'timed-out') {
    const cause = causeOf(run, input);
    if (cause) return [caused(run, cause, timeout, input)];
    return [finding(run, deadline, timeout, waitsForSupposed(input) ? 'warning' : 'error', input)];
  }
  const deletion = ownDeletion(run, input);
  if (deletion) return [caused(run, deletion, timeout, input)];
  const sidecars = sidecarEvidence(run, input);
  if (sidecars.length > 0) return [keptAlive(run, sidecars)];
  if (deadline !== undefined) return deadline <= timeout ? [] : [finding(run, deadline, timeout, 'warning', input)];
  return waitsWithoutEnd(run) ? [finding(run, undefined, timeout, 'note', input)] : [];
}

/**
 * `kubectl delete` waits for finalizers, `kubectl wait` for 30 s unless told otherwise, loops for as long as they like,
 * and a program that nobody can read perhaps as well.
 */
function waitsWithoutEnd({ scripts, calls, targets }: HookRun): boolean {
  if (calls.length === 0 && targets.length === 0) return true;
  if (scripts.some(({ text }) => /\b(while|until)\b/.test(text))) return true;
  return calls.some(
    ({ verb, flags, mayFail }) => verb === 'delete' && !mayFail && !flags.some((flag) => /^--(timeout|wait=false)/.test(flag)),
  );
}

/** Its Pod runs on when its own container has ended. */
function keptAlive({ hook }: HookRun, evidence: readonly FindingEvidence[]): Found {
  return {
    severity: 'warning',
    title: `Hook ${describeId(hook.id)} may be kept alive by a sidecar`,
    objects: [hook.id],
    evidence: [...evidence],
    consequence:
      'The uninstall fails at the deadline or at the time-out of Helm: the Job is complete only when all containers of its Pod have ended, and the sidecar does not end by itself. It depends on whether the sidecar is injected, and whether as an init container that restarts, which ends with the others.',
    remedies: [{ says: 'Ask for no sidecar: a hook that calls only the API server needs none.', steps: [withoutSidecars(hook)] }],
  };
}

/** The cause comes first: a deadline would change what Helm says, and not how it ends. */
function caused({ hook, end }: HookRun, cause: HookCause, timeout: number, input: RuleInput): Found {
  const { does, objects, evidence, depends, remedies } = cause;
  return {
    severity: depends === undefined ? 'error' : 'warning',
    title: `Hook ${describeId(hook.id)} ${does}${end?.answer === 'timed-out' ? `, and Helm gives up after ${timeout} s` : ''}`,
    objects: [hook.id, ...objects],
    evidence: [...evidence, ...(end?.message === undefined ? [] : [input.evidence(hook.id, end.message)])],
    consequence: `Helm gives up at its time-out and does not give the reason; the release stays "uninstalling"${hook.events.includes('pre-delete') ? ', and nothing is deleted' : ''}.${depends === undefined ? '' : ` It depends on ${depends}.`}`,
    remedies,
    explains: ends('hook', [hook.id]),
  };
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
  const says = deadline === undefined ? 'absent: the Job may run without end' : `longer than the ${timeout} s that Helm waits`;
  const timedOut = run.end?.answer === 'timed-out';
  const stopped =
    severity === 'error'
      ? 'In this play it did not end in time.'
      : severity === 'note'
        ? 'It has no effect on a hook that ends in time.'
        : timedOut
          ? 'It depends on whether custom resources exist whose finalizer nobody removes.'
          : 'It depends on how long the hook takes.';
  return {
    severity,
    title: `Hook ${describeId(hook.id)} ${deadline === undefined ? 'has no deadline' : `has ${deadline} s`}, Helm waits ${timeout} s`,
    objects: [hook.id],
    evidence: [
      input.evidence(hook.id, says, field, ...(deadline === undefined ? [] : [String(deadline)])),
      ...(run.end?.message === undefined ? [] : [input.evidence(hook.id, run.end.message, `${template.specPath}.containers`)]),
    ],
    consequence: `Helm gives up without a reason when the hook takes longer; the release stays "uninstalling", and the Job runs on. ${stopped}`,
    remedies: [
      {
        says: 'Let the Job end before Helm gives up: then its log says why.',
        steps: [
          change(hook.id, { path: field.split('.'), value: timeout > 60 ? timeout - 30 : Math.max(1, Math.floor(timeout / 2)) }),
        ],
      },
      ...(deadline === undefined
        ? []
        : [
            {
              says: 'Let Helm wait longer than the Job may run.',
              steps: [helmUninstall(input, '--timeout', `${deadline + 60}s`)],
            },
          ]),
    ],
    explains: ends('hook', timedOut ? [hook.id] : []),
  };
}
