/**
 * Through Bookend: the very code that `bookend uninstall` runs on a real cluster. Custom resources of the subject's
 * kinds go with it, before their controller; of what is kept nothing is deleted.
 */

import type { Clock } from '../cluster/clock.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { describeId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import type { Decision } from '../teardown/decide.ts';
import { defaultPolicy, type TeardownPolicy } from '../teardown/policy.ts';
import { findingsOf, runTeardown } from '../teardown/run.ts';
import { survey } from '../teardown/survey.ts';
import { planOfSurvey } from '../teardown/survey-plan.ts';
import { previewChoices } from './ordered/choices.ts';
import { forgetful } from './ordered/progress.ts';
import { uninstallInOrder } from './ordered/uninstall.ts';
import { asBookendError, type Ending, type Uninstall } from './tool.ts';

/** Fails with what blocks it when an object is not gone in Bookend's usual time. */
export const bookend: Uninstall = async (context) => {
  const ended = await uninstallInOrder<Ending>({
    context,
    choices: previewChoices,
    memory: forgetful(),
    nonce: `preview-${context.scenario.seed}`,
    policy: ({ objects }) => usualPolicy(objects),
    gatherMs,
    within: (part) => part,
    onDecision: blockedEnding,
  }).catch(asBookendError);
  if (ended instanceof BookendError) return { outcome: 'failed', message: ended.message };
  if (ended.how === 'ended') return ended.end;
  if (ended.how === 'hook-failed') return { outcome: 'failed', message: `the ${ended.event} hooks failed: ${ended.message}` };
  const gone = new Set(context.steps.flatMap((step) => (step.what === 'delete' && step.answer !== 'failed' ? step.id : [])));
  return { outcome: 'succeeded', message: `${gone.size} objects gone` };
};

/**
 * Takes live objects down in order, what joins them meanwhile too. Fails with what blocks it when an object is not gone
 * in Bookend's usual time.
 */
export async function tearDown(cluster: Cluster, clock: Clock, live: readonly KubernetesObject[]): Promise<Ending> {
  let objects = [...live];
  let policy = usualPolicy(objects);
  return runTeardown<Ending>({
    cluster,
    clock,
    startedAt: clock.now(),
    policy: () => policy,
    gatherMs,
    async look(newcomers) {
      objects = [...objects, ...newcomers];
      policy = usualPolicy(objects);
      const found = await survey(cluster, objects);
      return { found: findingsOf(found), plan: planOfSurvey(found) };
    },
    within: (round) => round,
    onDecision: blockedEnding,
    whenGone: async ({ states }) => {
      const gone = states.filter(({ state }) => state === 'Gone').length;
      return { outcome: 'succeeded', message: `${gone} objects gone` };
    },
  });
}

/** Bookend's time-out, and more where Pods may take longer. */
function usualPolicy(objects: readonly KubernetesObject[]): TeardownPolicy {
  return { ...defaultPolicy, timeoutMs: Math.max(defaultPolicy.timeoutMs, longestStopMs(objects)) };
}

function blockedEnding({ done, states }: Decision): Ending | undefined {
  const blocked = done ? undefined : states.find(({ state }) => state === 'Blocked');
  return blocked && { outcome: 'failed', message: blocked.blocker?.text ?? describeId(blocked.id) };
}

/**
 * Nobody who has Pods with a longer grace period than the usual time-out leaves it at that; a minute more than the
 * longest, in ms.
 */
function longestStopMs(objects: readonly KubernetesObject[]): number {
  const graces = objects.map((object) => Number(podTemplateOf(object)?.spec.terminationGracePeriodSeconds ?? 0));
  return (Math.max(0, ...graces) + 60) * 1_000;
}

/** Fewer looks for the preview's speed; a real cluster's answers take longer than this, in ms. */
const gatherMs = 20;
