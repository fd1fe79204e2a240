/** Hooks that run at this uninstall and make a Pod, with what their scripts do: the ground of the rules about hooks. */

import { type BookendTarget, programsOf } from '../../knowledge/hook-program.ts';
import { type Hook, runsAtUninstall } from '../../knowledge/hooks.ts';
import { hasUnknownRole } from '../../knowledge/rights.ts';
import { type KubectlCall, kubectlCalls, type Script, scriptsOf } from '../../knowledge/shell.ts';
import { makeId } from '../../objects/identity.ts';
import type { PodTemplate } from '../../objects/pod-template.ts';
import type { ToolStep } from '../../uninstall/step.ts';
import type { RuleInput } from './rule-input.ts';

export type HookRun = {
  hook: Hook;
  template: PodTemplate;
  namespace: string;
  /** `namespace/name` of its ServiceAccount. */
  account: string;
  scripts: readonly Script[];
  calls: readonly (KubectlCall & { field: string })[];
  /** What Bookend's own program is told to delete. */
  targets: readonly BookendTarget[];
  /** How the play saw it end, when it was waited for. */
  end?: ToolStep;
};

/** Only Helm runs hooks; without them there are none. Read once for each input: many rules ask. */
export function hookRuns(input: RuleInput): readonly HookRun[] {
  const known = read.get(input) ?? readAll(input);
  read.set(input, known);
  return known;
}

const read = new WeakMap<RuleInput, readonly HookRun[]>();

function readAll(input: RuleInput): HookRun[] {
  if (!input.helm || !input.scenario.hooks) return [];
  return input.hooks.filter(runsAtUninstall).flatMap((hook): HookRun[] => {
    const { template, id } = hook;
    if (template === undefined) return [];
    const namespace = hook.object.metadata.namespace ?? input.subject.namespace;
    const scripts = scriptsOf(template.spec, template.specPath, namespace, input.world);
    const calls = scripts.flatMap(({ text, field }) => kubectlCalls(text).map((call) => ({ ...call, field })));
    const programs = programsOf(template.spec, namespace, input.world);
    const targets = programs.flatMap((program) => (program.what === 'bookend' ? program.targets : []));
    const end = input.play.steps.findLast((step) => step.id === id && (step.what === 'wait-hook' || step.answer === 'failed'));
    return [
      {
        hook,
        template,
        namespace,
        account: `${namespace}/${template.serviceAccount}`,
        scripts,
        calls,
        targets,
        ...(end && { end }),
      },
    ];
  });
}

export function hasFailed({ end }: HookRun): boolean {
  return end?.answer === 'failed' || end?.answer === 'timed-out';
}

/** Rights of an account that somebody else makes are not known, nor those of a role that stands nowhere. */
export function hasKnownRights({ namespace, template, account }: HookRun, { world, live }: RuleInput): boolean {
  if (hasUnknownRole(account, world)) return false;
  return (
    live || template.serviceAccount === 'default' || world.has(makeId('', 'ServiceAccount', namespace, template.serviceAccount))
  );
}

/** Whether something is stuck that nobody has seen: a custom resource that is only supposed, with a finalizer. */
export function waitsForSupposed(input: RuleInput): boolean {
  return [...input.left.values()].some(({ id, why }) => why === 'stuck' && !input.isSeen(id));
}
