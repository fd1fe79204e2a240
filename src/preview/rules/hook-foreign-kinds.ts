/**
 * Kinds that a pre-delete hook asks for and another release defines. When that release is removed first, or all at
 * once, kubectl does not know the kind: the hook fails, and with it the uninstall.
 */
import { describeId } from '../../objects/identity.ts';
import { isMeantBy } from '../../objects/kind-names.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { anyOf, resourceOf } from './finalizer-servers.ts';
import { type HookRun, hasFailed, hookRuns } from './hook-runs.ts';
import { withoutHooks } from './remedy-steps.ts';
import type { Found } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { agree, listed } from './words.ts';

export function foreignKinds(input: RuleInput): Found[] {
  if (input.live) return [];
  return hookRuns(input)
    .filter((run) => run.hook.events.includes('pre-delete') && !hasFailed(run))
    .flatMap((run) => {
      const calls = run.calls.filter(({ mayFail }) => !mayFail);
      const kinds = [...new Set(calls.flatMap(({ types }) => types.filter((type) => isForeign(type, input))))].sort();
      return kinds.length === 0 ? [] : [findingOf(run, kinds, input)];
    });
}

/** Written with its group, which is not built in, and without a definition among the manifests. */
function isForeign(type: string, { world }: RuleInput): boolean {
  const group = type.split('.').slice(1).join('.');
  if (!/^[a-z]+(\.[a-z0-9-]+)+$/.test(type) || isBuiltInGroup(group)) return false;
  const definitions = world.ofKind('apiextensions.k8s.io', 'CustomResourceDefinition');
  return !definitions.some((crd) => isMeantBy(resourceOf(anyOf(crd), { world }), type));
}

function findingOf({ hook, calls }: HookRun, kinds: readonly string[], input: RuleInput): Found {
  const call = calls.find(({ types }) => types.some((type) => kinds.includes(type)));
  return {
    severity: 'note',
    title: `Hook ${describeId(hook.id)} fails where nothing defines ${listed(kinds)} any more`,
    objects: [hook.id],
    evidence: call ? [input.evidence(hook.id, 'asks for a kind of another release', call.field, call.text.slice(0, 160))] : [],
    consequence: `Nothing is deleted and the release stays "uninstalling" if the release that ${agree(kinds, 'the definition belongs', 'the definitions belong')} to is uninstalled first: kubectl does not know the kind then, with \`--ignore-not-found\` too, and the hook fails.`,
    remedies: [withoutHooks(input)],
    bookend: 'same',
  };
}
