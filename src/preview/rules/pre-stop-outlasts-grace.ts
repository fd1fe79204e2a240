/** A preStop hook that takes longer than the Pod has: the container is killed in the middle of it. */

import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt, listOf, textsOf } from '../../objects/fields.ts';
import { describeId } from '../../objects/identity.ts';
import type { Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';

export const preStopOutlastsGrace: Rule = {
  id: 'pre-stop-outlasts-grace',
  name: 'A preStop hook outlasts the grace period',
  means: [
    'The grace period, 30 s unless the Pod says otherwise, is for the preStop hook and for what the container does after SIGTERM together. When the hook alone takes longer, the kubelet sends SIGTERM and, two seconds later, SIGKILL:',
    'what the hook had left to do is not done, and the container gets no time for its own end.',
  ].join(' '),
  fails: { says: 'Sixty seconds of 30.', yaml: sleeping('') },
  passes: { says: 'The Pod has more time than its hook takes.', yaml: sleeping('terminationGracePeriodSeconds: 90') },
  find(input) {
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
          consequence: `After ${grace} s the hook is cut off and the container killed. It depends on whether the hook comes to its end sooner than its waits add up to.`,
          remedy: `\`terminationGracePeriodSeconds: ${longest + 30}\` in ${workload.podSpecPath}.`,
          bookend: 'same' as const,
        },
      ];
    });
  },
};

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

function sleeping(grace: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
${grace === '' ? '' : `      ${grace}\n`}      automountServiceAccountToken: false
      containers:
        - name: web
          image: registry.example.com/web:1
          lifecycle: {preStop: {exec: {command: [sh, -c, "sleep 60; nginx -s quit"]}}}
`;
}
