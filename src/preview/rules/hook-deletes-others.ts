/**
 * A hook that deletes what is not its chart's alone: CustomResourceDefinitions of others, or what the chart itself
 * promises to keep.
 */

import { meansDefinitions } from '../../knowledge/shell.ts';
import { describeId, makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { keepReason } from '../../objects/policies.ts';
import { shellCommand } from '../../objects/shell-quote.ts';
import { resourcesByCrd } from './finalizer-servers.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import type { Found, Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, namesOf, sorted } from './words.ts';

export const hookDeletesOthers: Rule = {
  id: 'hook-deletes-others',
  name: 'A hook deletes what others need',
  means: [
    'A clean-up script may delete more than the chart brought. A CustomResourceDefinition takes all custom resources of its kind along, of whoever; where it is defined by another chart too, or kept by this one, deleting it in a hook',
    'destroys what the uninstall would have spared. It is an error when such custom resources were found, and go.',
  ].join(' '),
  fails: {
    says: 'The chart keeps the definition, and its hook deletes it.',
    yaml: hookExample({
      script: 'kubectl delete crd widgets.example.com',
      rule: '{apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get, list, delete]}',
    }),
  },
  passes: { says: 'The hook deletes custom resources and leaves the definition.', yaml: hookExample({}) },
  find: (input) =>
    hookRuns(input).flatMap((run) => {
      const cases = run.calls.flatMap((call) =>
        call.verb === 'delete' && call.types.some(meansDefinitions)
          ? call.names.flatMap((name) =>
              /[$*{]/.test(name)
                ? []
                : [{ id: makeId('apiextensions.k8s.io', 'CustomResourceDefinition', undefined, name), call }],
            )
          : [],
      );
      const foreign = cases.flatMap((each) => {
        const whose = whoseIs(each.id, input);
        return whose === undefined ? [] : [{ ...each, whose }];
      });
      return foreign.length === 0 ? [] : [findingOf(run, foreign, input)];
    }),
};

type Case = { id: ObjectId; call: HookRun['calls'][number]; whose: string };

/** Undefined: the release's own, which it deletes anyway. */
function whoseIs(id: ObjectId, input: RuleInput): string | undefined {
  const given = input.given.get(id);
  if (given === undefined) return 'not defined by this chart';
  const kept = keepReason(given.object);
  if (kept !== undefined) return `kept by its ${kept}`;
  return input.isDeleted(id) ? undefined : 'of the chart’s crds/ directory, which Helm never deletes';
}

function findingOf(run: HookRun, cases: readonly Case[], input: RuleInput): Found {
  const ids = sorted(cases.map(({ id }) => id));
  const instances = resourcesByCrd(input);
  const resources = ids.flatMap((id) => (instances.get(id) ?? []).map((object) => input.world.idOf(object)));
  const taken = sorted(resources.filter((id) => !input.given.has(id) && input.goneAt(id) !== undefined));
  return {
    severity: taken.length > 0 ? 'error' : 'warning',
    title: `Hook ${describeId(run.hook.id)} deletes ${namesOf(ids, 2)}, ${cases[0]?.whose}`,
    objects: [run.hook.id, ...ids, ...taken],
    evidence: [
      ...[...new Map(cases.map((each) => [each.call.text, each])).values()].map(({ call }) =>
        input.evidence(run.hook.id, 'deletes it, with all custom resources of its kind', call.field, call.text.slice(0, 160)),
      ),
      ...cases.slice(0, 5).map(({ id, whose }) => input.evidence(id, whose)),
    ],
    consequence: `All custom resources of ${count(ids.length, 'kind')} go, in every namespace${taken.length > 0 ? `: ${namesOf(taken, 5)}.` : `. It depends on whether others use ${ids.length === 1 ? 'it' : 'them'}.`}`,
    remedy: `Take \`kubectl delete crd ${shellCommand(...ids.map((id) => parseId(id).name))}\` out of the hook and delete only the chart's own custom resources.`,
  };
}
