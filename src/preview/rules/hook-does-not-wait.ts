/**
 * A hook that deletes custom resources and ends before they are gone: their operator is deleted next, in the middle of
 * its work.
 */

import type { KubectlCall } from '../../knowledge/kubectl-calls.ts';
import { allows } from '../../knowledge/rights.ts';
import { describeId, type ObjectId } from '../../objects/identity.ts';
import { isMeantBy } from '../../objects/kind-names.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import type { Attributes } from '../../objects/rbac.ts';
import { definedBy, isCrd } from '../../objects/scopes.ts';
import type { AdviceStep, ChangeStep } from '../../remedies/remedy.ts';
import { anyOf, finalizerServersOf, resourceOf, resourcesByCrd } from './finalizer-servers.ts';
import { grantingRules } from './granting-rules.ts';
import { waitsForDeletion } from './hook-causes.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasKnownRights, hookRuns } from './hook-runs.ts';
import { changedScript } from './hook-script.ts';
import { advise, withoutHooks } from './remedy-steps.ts';
import type { Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf, sorted } from './words.ts';

const script = 'kubectl delete widgets.example.com --all --all-namespaces';

export const meta: RuleMeta = {
  id: 'hook-does-not-wait',
  name: 'A hook does not wait for what it deletes',
  means: [
    'With `--wait=false` kubectl returns as soon as the deletion is accepted, and so it does where the account of the hook may not `get` what it deletes. A script does not wait for what it runs in the background with `&`, unless it calls `wait`. The hook succeeds, Helm goes on and deletes the operator and its rights, while custom resources still wait for it to remove their finalizer.',
    'That is a race: on a quiet cluster the operator wins it, and loses it where it has much to clean up.',
    'Where the race is lost in the simulation as well, `operator-before-custom-resources` says so instead.',
  ].join(' '),
  severity: 'warning',
  fails: { says: 'The hook returns at once.', yaml: hookExample({ script: `${script} --wait=false` }) },
  passes: { says: 'It waits until they are gone.', yaml: hookExample({ script: `${script} --timeout=110s` }) },
};

export function find(input: RuleInput): Found[] {
  return hookRuns(input).flatMap((run) =>
    run.calls.flatMap((call) => {
      if (call.verb !== 'delete') return [];
      const unseen = isToldNotToWait(call) ? [] : refusedLooks(call, run, input);
      if (unseen.length === 0 && (!isToldNotToWait(call) || isWaitedForLater(call, run))) return [];
      const race = raceOf(call, input);
      return race === undefined ? [] : [findingOf(run, call, race, unseen, input)];
    }),
  );
}

function isToldNotToWait({ flags, isInBackground }: KubectlCall): boolean {
  return isInBackground === true || flags.some((flag) => /^--wait=(false|f|0)$/i.test(flag));
}

/** `kubectl wait --for=delete` of the same kind, further down in the script. */
function isWaitedForLater(call: HookRun['calls'][number], { calls }: HookRun): boolean {
  const later = calls.slice(calls.indexOf(call) + 1);
  return later.some((each) => waitsForDeletion(each) && each.types.some((type) => call.types.includes(type)));
}

/**
 * What kubectl asks to learn whether an object that it has deleted is gone, and may not ask. It then ends at once and
 * reports success: "if we're forbidden from waiting, we shouldn't fail" (`pkg/cmd/delete`).
 */
function refusedLooks(call: KubectlCall, run: HookRun, input: RuleInput): Attributes[] {
  if (!hasKnownRights(run, input) || call.namespace === '?') return [];
  const rights = input.rightsOf(run.account);
  const namespace = call.namespace === '*' ? undefined : (call.namespace ?? run.namespace);
  return crdsOf(call, input).flatMap((crd): Attributes[] => {
    const { group, resource, isClusterScoped } = resourceOf(anyOf(crd), input);
    const about = { group, resource, ...(!isClusterScoped && namespace !== undefined && { namespace }) };
    const isRefused = allows(rights, { verb: 'delete', ...about }) && !allows(rights, { verb: 'get', ...about });
    return isRefused ? [{ verb: 'get', ...about }] : [];
  });
}

function crdsOf(call: KubectlCall, input: RuleInput): KubernetesObject[] {
  return input.world.objects.filter(
    (object) => isCrd(object) && call.types.some((type) => isMeantBy(resourceOf(anyOf(object), input), type)),
  );
}

type Race = { operators: readonly ObjectId[]; resources: readonly ObjectId[]; kinds: readonly string[] };

/**
 * Custom resources that the call deletes and that need a workload of the release; of a chart alone, the kinds that have
 * a controller in it.
 */
function raceOf(call: KubectlCall, input: RuleInput): Race | undefined {
  const crds = crdsOf(call, input);
  const instances = resourcesByCrd(input);
  const resources = crds.flatMap((crd) => instances.get(input.world.idOf(crd)) ?? []);
  const ids = resources.map((each) => input.world.idOf(each));
  if (ids.some((id) => input.left.get(id)?.why === 'stuck')) return undefined;
  const served =
    resources.length > 0
      ? resources.flatMap((each) => finalizerServersOf(each, input).servers)
      : input.live
        ? []
        : crds.map(definedBy).flatMap(({ group, kind }) => input.serving.controllersOf(group, kind));
  const operators = sorted([...new Set(served.map(({ workload }) => workload).filter((id) => input.isDeleted(id)))]);
  return operators.length === 0
    ? undefined
    : { operators, resources: sorted(ids), kinds: crds.map((crd) => definedBy(crd).kind).sort() };
}

/** @param unseen what the account may not look at; empty where the script does not wait. */
function findingOf(
  run: HookRun,
  call: HookRun['calls'][number],
  race: Race,
  unseen: readonly Attributes[],
  input: RuleInput,
): Found {
  const { hook } = run;
  const { operators, resources, kinds } = race;
  const what = resources.length > 0 ? namesOf(resources, 3) : `every ${kinds.join(', ')}`;
  return {
    severity: 'warning',
    title: `Hook ${describeId(hook.id)} does not wait until ${what} ${resources.length > 1 ? 'are' : 'is'} gone`,
    objects: [hook.id, ...resources, ...operators],
    evidence: [
      input.evidence(
        hook.id,
        unseen.length === 0
          ? call.isInBackground
            ? 'runs in the background, and the script ends without waiting for it'
            : 'returns before the deletion is over'
          : `returns before the deletion is over: ServiceAccount ${run.account} may not get what it deletes`,
        call.field,
        call.text.slice(0, 160),
      ),
      ...operators.map((id) => input.evidence(id, 'removes their finalizers, and is deleted next')),
    ],
    consequence: `${resources.length === 1 ? 'It stays' : 'They stay'} Terminating if the finalizer is still there when the hook ends, because Helm then deletes ${namesOf(operators)}. It depends on whether ${namesOf(operators)} is faster.`,
    remedies: [
      ...(unseen.length === 0
        ? [
            {
              says: 'Let the hook wait until they are gone.',
              steps: [call.isInBackground ? inForeground(run) : told(run, call, input)],
            },
          ]
        : grantingRules(unseen, input.rightsOf(run.account), input)),
      withoutHooks(input),
    ],
  };
}

function inForeground({ hook }: HookRun): AdviceStep {
  return advise('script-of-the-hook', `In the script of ${describeId(hook.id)}, remove the & behind kubectl.`);
}

function told(run: HookRun, call: HookRun['calls'][number], input: RuleInput): ChangeStep | AdviceStep {
  return (
    changedScript(run, [call], (text) => waiting(text, input)) ??
    advise('script-of-the-hook', `Remove --wait=false from the script of ${describeId(run.hook.id)}.`)
  );
}

/** For a little less than Helm waits, so that the hook fails with its own words. */
function waiting(text: string, { scenario: { timeoutMs } }: RuleInput): string {
  const seconds = Math.max(30, Math.round(timeoutMs / 1000) - 60);
  return text.replace(/\s--wait=(false|f|0)\b/i, /--timeout/.test(text) ? '' : ` --timeout=${seconds}s`);
}
