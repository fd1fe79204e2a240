/**
 * What a pre-delete hook needs of the release that it belongs to. A plain uninstall runs the hook before it deletes
 * anything. One that is broken off half-way leaves the release "uninstalling"; the next one runs the hook again
 * (Helm 3 and 4: `pkg/action/uninstall.go`, only a release that is "uninstalled" is refused), without what is gone.
 */
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { podReferences } from '../../knowledge/pod-references.ts';
import { describeId, makeId, type ObjectId } from '../../objects/identity.ts';
import { isMeantBy } from '../../objects/kind-names.ts';
import { anyOf, resourceOf } from './finalizer-servers.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import { withoutHooks } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { namesOf, sorted } from './words.ts';

type Need = { id: ObjectId; evidence: FindingEvidence };

export function secondAttempt(input: RuleInput): Found[] {
  return hookRuns(input)
    .filter(({ hook }) => hook.events.includes('pre-delete'))
    .flatMap((run): Found[] => {
      const needs = [...objectsOf(run, input), ...rightsOf(run, input), ...definitionsOf(run, input)];
      return needs.length === 0 ? [] : [findingOf(run, needs, input)];
    });
}

/** Its account, and the ConfigMaps and Secrets that its Pod does not start without. */
function objectsOf({ hook, template, namespace }: HookRun, input: RuleInput): Need[] {
  const account = makeId('', 'ServiceAccount', namespace, template.serviceAccount);
  const needs = podReferences(template.spec)
    .filter(({ isOptional }) => !isOptional)
    .map(({ kind, name, field }) => ({ id: makeId('', kind, namespace, name), field: `${template.specPath}.${field}`, name }));
  return [{ id: account, field: `${template.specPath}.serviceAccountName`, name: template.serviceAccount }, ...needs]
    .filter(({ id }) => input.isDeleted(id))
    .map(({ id, field, name }) => ({ id, evidence: input.evidence(hook.id, 'its Pod cannot start without it', field, name) }));
}

/** Bindings that give its account what it may do. */
function rightsOf({ account }: HookRun, input: RuleInput): Need[] {
  const bindings = new Map(input.rightsOf(account).map((right) => [right.binding, right]));
  return [...bindings.values()]
    .filter(({ binding }) => input.isDeleted(binding))
    .map(({ binding }) => ({ id: binding, evidence: input.evidence(binding, 'gives the hook its rights', 'roleRef') }));
}

/** Without its definition kubectl does not know a kind, and fails, with `--ignore-not-found` too. */
function definitionsOf({ hook, calls }: HookRun, input: RuleInput): Need[] {
  const deleted = input.world
    .ofKind('apiextensions.k8s.io', 'CustomResourceDefinition')
    .filter((crd) => input.isDeleted(input.world.idOf(crd)));
  return calls
    .filter(({ mayFail }) => !mayFail)
    .flatMap((call) =>
      deleted
        .filter((crd) => call.types.some((type) => isMeantBy(resourceOf(anyOf(crd), input), type)))
        .map((crd) => ({
          id: input.world.idOf(crd),
          evidence: input.evidence(hook.id, 'kubectl fails for a kind without a definition', call.field, call.text.slice(0, 160)),
        })),
    );
}

function findingOf({ hook }: HookRun, needs: readonly Need[], input: RuleInput): Found {
  const ids = sorted(needs.map(({ id }) => id));
  return {
    severity: 'note',
    title: `After an interrupted uninstall, Hook ${describeId(hook.id)} may stop the next one: it needs ${namesOf(ids)}`,
    objects: [hook.id, ...ids],
    evidence: needs.slice(0, 6).map(({ evidence }) => evidence),
    consequence: `The next \`helm uninstall\` fails at this hook when the first one was interrupted (a lost connection, Ctrl-C) after it had deleted them: they are ordinary objects of the release, which stays "uninstalling". It depends on where the first attempt stopped.`,
    remedies: [withoutHooks(input)],
    ...(input.scenario.tool !== 'bookend' && { bookend: 'same' as const }),
  };
}
