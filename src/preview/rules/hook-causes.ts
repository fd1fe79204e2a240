/**
 * Why a hook does not end: Helm says only that it timed out, and a deadline would change the words and not the end.
 */
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { fieldAt } from '../../objects/fields.ts';
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import { deleteFirst } from './delete-first.ts';
import { resourceOf } from './finalizer-servers.ts';
import { isReached, reachesOf } from './hook-reach.ts';
import { type HookRun, hasKnownRights } from './hook-runs.ts';
import { changedScript } from './hook-script.ts';
import { advise, bookendWhy, change, kubectlDelete, look, named, withoutHooks } from './remedy-steps.ts';
import type { RuleInput } from './rule-input.ts';
import { kindsOf, namesOf, seconds, sorted } from './words.ts';

export type HookCause = {
  /** What follows after the hook's name in a title. */
  does: string;
  objects: readonly ObjectId[];
  evidence: readonly FindingEvidence[];
  /** What it rests on that nobody has seen. */
  depends?: string;
  remedies: ProposedRemedy[];
};

/** Undefined: it is not known why. */
export function causeOf(run: HookRun, input: RuleInput): HookCause | undefined {
  return (
    suspension(run, input) ??
    ownDeletion(run, input) ??
    refusedPods(run, input) ??
    failingProgram(run, input) ??
    waitForStuck(run, input)
  );
}

/** A suspended Job makes no Pod until somebody resumes it, which Helm does not do. */
function suspension({ hook }: HookRun, input: RuleInput): HookCause | undefined {
  if (fieldAt(hook.object, 'spec', 'suspend') !== true) return undefined;
  return {
    does: 'never starts: it is suspended',
    objects: [],
    evidence: [input.evidence(hook.id, 'a suspended Job gets no Pod', 'spec.suspend', 'true')],
    remedies: [
      { says: 'Do not suspend it.', steps: [change(hook.id, { path: ['spec', 'suspend'], value: false })] },
      withoutHooks(input),
    ],
  };
}

/** Its script deletes its own Job or namespace, under its own feet. */
export function ownDeletion(run: HookRun, input: RuleInput): HookCause | undefined {
  const { hook, end, namespace, calls } = run;
  const own = [hook.id, makeId('', 'Namespace', undefined, namespace)];
  const found = own.flatMap((id) => {
    const resource = resourceOf(id, input);
    const call = calls.find((each) =>
      reachesOf({ ...run, calls: [each], targets: [] }, resource).some((reach) => isReached(id, reach, input)),
    );
    return call ? [{ id, call }] : [];
  });
  const [first] = found;
  if (first === undefined) return undefined;
  const { id, call } = first;
  return {
    does: `deletes ${id === hook.id ? 'itself' : 'its own Namespace, and itself with it'}`,
    objects: id === hook.id ? [] : [id],
    evidence: [input.evidence(hook.id, `deletes ${describeId(id)}`, call.field, call.text.slice(0, 160))],
    ...(end?.answer !== 'timed-out' && { depends: 'whether the hook has ended before it is deleted' }),
    remedies: [
      {
        says: `Leave ${describeId(id)} out of what the script deletes: the delete policies of the hook clean up after it.`,
        steps: [
          changedScript(run, [call], () => ':') ?? advise('script-of-the-hook', `Change the script of ${describeId(hook.id)}.`),
        ],
      },
      withoutHooks(input),
    ],
  };
}

/** Nobody can make its Pod: a webhook or a policy refuses it. */
function refusedPods({ hook, namespace }: HookRun, input: RuleInput): HookCause | undefined {
  const isOwn = (id: ObjectId) => {
    const pod = parseId(id);
    return (
      id === hook.id || (pod.kind === 'Pod' && pod.namespace === namespace && pod.name.startsWith(hook.object.metadata.name))
    );
  };
  const refused = input.play.refused.find(({ id, verb, overcome }) => verb === 'create' && !overcome && isOwn(id));
  if (refused === undefined) return undefined;
  const { by, at, who, message } = refused;
  return {
    does: `gets no Pod: ${describeId(by)} refuses it`,
    objects: [by],
    evidence: [input.evidence(by, `${who} is refused at ${seconds(at)}: ${message}`)],
    ...(!input.isSeen(by) && { depends: `whether ${describeId(by)} is there` }),
    remedies: [
      {
        says: `Delete ${describeId(by)} before the hook runs.`,
        steps: kubectlDelete('before', [by], input),
        loses: 'what it checks, until the uninstall is over',
      },
      withoutHooks(input),
    ],
  };
}

/** It does not wait, it fails, and is started again as often as the Job lets it. */
function failingProgram(run: HookRun, input: RuleInput): HookCause | undefined {
  if (run.end?.log === undefined || run.end.answer !== 'timed-out') return undefined;
  const depends = failureDependsOn(run, input);
  return {
    does: 'fails each time it is started',
    objects: [],
    evidence: [input.evidence(run.hook.id, run.end.log, `${run.template.specPath}.containers`)],
    ...(depends !== undefined && { depends }),
    remedies: [
      {
        says: 'See in its log what fails.',
        steps: [look('after', 'kubectl', 'describe', ...named([run.hook.id], input))],
      },
      withoutHooks(input),
    ],
  };
}

/** What a failure may rest on that was not seen. Of a live cluster all is there, but for what could not be read. */
export function failureDependsOn(run: HookRun, input: RuleInput): string | undefined {
  const supposed = [...input.left.values()].filter(({ id, why }) => why === 'stuck' && !input.isSeen(id)).map(({ id }) => id);
  if (supposed.length > 0) return whetherThereAre(supposed);
  if (!hasKnownRights(run, input)) return 'what its account may do, which was not seen';
  return input.live ? undefined : 'what else is in the cluster: in this play only the objects of the manifests were there';
}

function whetherThereAre(ids: readonly ObjectId[]): string {
  return `whether objects of kind ${kindsOf(ids)} exist with a finalizer that nobody removes any more`;
}

/** What it deletes or waits for stays Terminating. */
function waitForStuck(run: HookRun, input: RuleInput): HookCause | undefined {
  const waited = [...input.left.values()].filter(({ id, why }) => why === 'stuck' && isWaitedFor(id, run, input));
  const seen = waited.filter(({ id }) => input.isSeen(id) && !isHeldBySupposed(id, input));
  const [first] = seen.length > 0 ? seen : waited;
  if (first === undefined) return undefined;
  const unseen = waited.filter(({ id }) => !input.isSeen(id));
  const ids = sorted((seen.length > 0 ? seen : unseen.length > 0 ? unseen : waited).map(({ id }) => id));
  return seen.length > 0
    ? {
        does: `waits for ${namesOf(ids)}, which ${ids.length === 1 ? 'stays' : 'stay'} Terminating`,
        objects: ids,
        evidence: seen.slice(0, 3).map(({ id, because }) => input.evidence(id, because)),
        remedies: [
          {
            says: 'See what they wait for. A deadline ends the wait and not its cause.',
            steps: [bookendWhy('after', first.id, input)],
          },
          withoutHooks(input),
        ],
      }
    : {
        does: `waits for every ${kindsOf(ids)}, whose finalizer nobody removes`,
        objects: [],
        evidence: [],
        depends: whetherThereAre(ids),
        remedies: [
          {
            says: 'Delete them before the deletion, while their operator runs.',
            steps: deleteFirst(ids, false, input).commands,
            loses: `every ${kindsOf(ids)}`,
          },
          withoutHooks(input),
        ],
      };
}

/** A definition that waits for custom resources which nobody has seen. */
function isHeldBySupposed(id: ObjectId, { left, world, isSeen }: RuleInput): boolean {
  const crd = world.byId(id);
  const held = [...left.values()].filter(
    (each) => each.why === 'stuck' && crd !== undefined && world.crdOf(parseId(each.id).group, parseId(each.id).kind) === crd,
  );
  return held.length > 0 && !held.some((each) => isSeen(each.id));
}

/** Deleted by its script, or what a definition that it deletes takes along. */
function isWaitedFor(id: ObjectId, run: HookRun, input: RuleInput): boolean {
  const waiting = { ...run, calls: run.calls.map((call) => (waitsForDeletion(call) ? { ...call, verb: 'delete' } : call)) };
  const { group, kind } = parseId(id);
  const crd = input.world.crdOf(group, kind);
  return [id, ...(crd ? [input.world.idOf(crd)] : [])].some((each) =>
    reachesOf(waiting, resourceOf(each, input)).some((reach) => isReached(each, reach, input)),
  );
}

/** `kubectl wait --for=delete`, in both ways to write it. */
export function waitsForDeletion({ verb, text }: HookRun['calls'][number]): boolean {
  return verb === 'wait' && /\s--for[=\s]["']?delete\b/.test(text);
}
