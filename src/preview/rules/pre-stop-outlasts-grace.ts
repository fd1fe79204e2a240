/** A preStop hook that takes longer than the Pod has: the container is killed in the middle of it. */

import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, textsOf } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import { workload } from './examples.ts';
import { change } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export const meta: RuleMeta = {
  id: 'pre-stop-outlasts-grace',
  name: 'A preStop hook outlasts the grace period',
  means: [
    'The grace period, 30 s by default, is for the preStop hook and for what the container does after SIGTERM together. When the hook alone takes longer, the kubelet sends SIGTERM and, two seconds later, SIGKILL:',
    'the hook does not finish, and the container gets no time to shut down.',
  ].join(' '),
  severity: 'warning',
  fails: { says: 'Sixty seconds of 30.', yaml: sleeping('') },
  passes: { says: 'The Pod has more time than its hook takes.', yaml: sleeping('terminationGracePeriodSeconds: 90') },
};

export function find(input: RuleInput): Found[] {
  return input.world.workloads.flatMap((workload) => {
    if (!input.given.has(workload.id) || !input.isDeleted(workload.id)) return [];
    const cases = hooksOf(workload, input);
    const longest = Math.max(0, ...cases.map(({ seconds }) => seconds));
    const grace = graceOf(workload);
    if (longest <= grace || workload.object.kind === 'Job' || workload.object.kind === 'CronJob') return [];
    const field = `${workload.podSpecPath}.terminationGracePeriodSeconds`;
    return [
      {
        severity: 'warning' as const,
        title: `The preStop hook of ${describeId(workload.id)} takes ${longest} s or more, its Pods have ${grace} s`,
        objects: [workload.id],
        evidence: [
          ...cases.filter(({ seconds }) => seconds > grace).map(({ evidence }) => evidence),
          input.evidence(workload.id, 'all the time that hook and container have', field, String(grace)),
        ],
        consequence: `The kubelet stops the hook after ${grace} s and kills the container. It depends on whether the hook ends sooner than the sum of its waits.`,
        remedies: [
          {
            says: 'Give the Pod the time that its hook takes, and some for its own end.',
            steps: [change(workload.id, { path: field.split('.'), value: longest + 30 })],
          },
        ],
        bookend: 'same' as const,
      },
    ];
  });
}

function graceOf({ podSpec }: Workload): number {
  const grace = podSpec.terminationGracePeriodSeconds;
  return typeof grace === 'number' ? grace : 30;
}

/**
 * Only waits that come one after the other without a condition: what stands in a loop or behind an `if` may not happen.
 */
function hooksOf({ podSpec, podSpecPath, id }: Workload, input: RuleInput): { seconds: number; evidence: FindingEvidence }[] {
  return listOf(podSpec.containers).flatMap((container, index) => {
    const hook = fieldAt(container, 'lifecycle', 'preStop');
    const field = `${podSpecPath}.containers[${index}].lifecycle.preStop`;
    const native = fieldAt(hook, 'sleep', 'seconds');
    const text = textsOf(fieldAt(hook, 'exec', 'command')).join(' ');
    if (/\b(while|until|for|if|timeout)\b|&&|\|\|/.test(text)) return [];
    const slept = [...text.matchAll(/\bsleep\s+(\d+)([mh]?)(?![\w.])/g)].reduce(
      (sum, [, number, unit]) => sum + Number(number) * (unit === 'm' ? 60 : unit === 'h' ? 3600 : 1),
      0,
    );
    const seconds = typeof native === 'number' ? native : slept;
    return seconds > 0
      ? [{ seconds, evidence: input.evidence(id, `waits ${seconds} s`, field, text || `sleep ${seconds}`) }]
      : [];
  });
}

function sleeping(pod: string): string {
  const container = 'lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 60; nginx -s quit"]}}}';
  return workload('Deployment', 'web', { pod: `${pod}\nautomountServiceAccountToken: false`.trim(), container });
}
