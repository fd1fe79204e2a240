/**
 * Through Bookend: the real graph, plan and engine on the simulated cluster, as `bookend delete` runs them on a real
 * one. Custom resources of the subject's kinds go with it, before their controller; of what is kept nothing is deleted.
 */

import type { Clock } from '../cluster/clock.ts';
import { decorated } from '../cluster/decorated.ts';
import type { Cluster } from '../cluster/port.ts';
import { BookendError } from '../errors.ts';
import { withDirectivesOf, withoutDirectives } from '../objects/directives.ts';
import { describeId, idOf, idOfRef, type ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import { keepReason } from '../objects/policies.ts';
import { defaultPolicy } from '../teardown/policy.ts';
import { findingsOf, runTeardown } from '../teardown/run.ts';
import { kindDefinedBy, survey } from '../teardown/survey.ts';
import { planOfSurvey } from '../teardown/survey-plan.ts';
import { asBookendError, type Ending, elapsed, readCurrent, refIn, type Uninstall, type UninstallContext } from './tool.ts';

export const bookend: Uninstall = async (context) => {
  const live = await liveObjects(context).catch(asBookendError);
  if (live instanceof BookendError) return { outcome: 'failed', message: live.message };
  return tearDown(recorded(context), context.clock, live);
};

/**
 * Takes live objects down in order, what joins them meanwhile too. Fails with what blocks it when an object is not gone
 * in Bookend's usual time.
 */
export async function tearDown(cluster: Cluster, clock: Clock, live: readonly KubernetesObject[]): Promise<Ending> {
  let objects = [...live];
  return runTeardown<Ending>({
    cluster,
    clock,
    startedAt: clock.now(),
    policy: () => ({ ...defaultPolicy, timeoutMs: Math.max(defaultPolicy.timeoutMs, longestStopMs(objects)) }),
    gatherMs,
    async look(newcomers) {
      objects = [...objects, ...newcomers];
      const found = await survey(cluster, objects);
      return { found: findingsOf(found), plan: planOfSurvey(found) };
    },
    within: (round) => round,
    onDecision({ done, states }) {
      const blocked = done ? undefined : states.find(({ state }) => state === 'Blocked');
      return blocked && { outcome: 'failed', message: blocked.blocker ?? describeId(blocked.id) };
    },
    whenGone: async ({ states }) => {
      const gone = states.filter(({ state }) => state === 'Gone').length;
      return { outcome: 'succeeded', message: `${gone} objects gone` };
    },
  });
}

/**
 * The objects as they are now, with the annotations that their author wrote, and the custom resources of the kinds in
 * `crds/`: those of definitions that are deleted themselves the survey finds.
 */
async function liveObjects(context: UninstallContext): Promise<KubernetesObject[]> {
  const { subject, cluster, steps } = context;
  const found = new Map<ObjectId, KubernetesObject>();
  for (const { object } of subject.objects) {
    const id = idOf(object);
    if (keepReason(object) !== undefined) {
      const at = elapsed(context);
      steps.push({ at, until: at, what: 'keep', id, message: keepReason(object) ?? '' });
      continue;
    }
    const live = await readCurrent(context, refIn(object));
    if (live) found.set(id, withDirectivesOf(live, object));
  }
  for (const { object } of subject.crds) {
    const kind = kindDefinedBy(object);
    const served = kind && (await cluster.kind(kind.apiVersion, kind.kind));
    if (kind === undefined || served === undefined) continue;
    for (const resource of (await cluster.list(kind)).items) found.set(idOf(resource), withoutDirectives(resource));
  }
  return [...found.values()];
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

/** The same cluster, each of its deletes written down. */
function recorded({ cluster, steps, ...context }: UninstallContext): Cluster {
  return decorated(cluster, {
    delete: async (ref, options) => {
      const at = elapsed({ cluster, steps, ...context });
      const note = (answer: 'deleted' | 'terminating' | 'absent' | 'failed', message?: string) =>
        steps.push({
          at,
          until: elapsed({ cluster, steps, ...context }),
          what: 'delete',
          id: idOfRef(ref),
          answer,
          ...(message !== undefined && { message }),
        });
      try {
        const answer = await cluster.delete(ref, options);
        note(answer);
        return answer;
      } catch (error) {
        note('failed', error instanceof BookendError ? error.message : String(error));
        throw error;
      }
    },
  });
}
