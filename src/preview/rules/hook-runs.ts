/** Hooks that run at this uninstall and make a Pod, with what their scripts do: the ground of the rules about hooks. */

import { type BookendTarget, programsOf } from '../../knowledge/hook-program.ts';
import { type Hook, runsAtUninstall } from '../../knowledge/hooks.ts';
import { type KubectlCall, kubectlCalls } from '../../knowledge/kubectl-calls.ts';
import { hasUnknownRole } from '../../knowledge/rights.ts';
import { type Script, scriptsOf } from '../../knowledge/shell.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import type { PodTemplate } from '../../objects/pod-template.ts';
import { idOfStep, type ToolStep } from '../../uninstall/step.ts';
import type { RuleInput } from './rule-input.ts';

/** Of its wait, or of what kept Helm from making it. */
type HookEnd = { at: number; until: number; answer: 'done' | 'failed' | 'timed-out'; message?: string; log?: string };

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
  end?: HookEnd;
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
    const end = endOf(id, input.play.steps);
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

function endOf(id: ObjectId, steps: readonly ToolStep[]): HookEnd | undefined {
  return steps.findLast(
    (step) => idOfStep(step) === id && (step.what === 'wait-hook' || ('answer' in step && step.answer === 'failed')),
  ) as HookEnd | undefined;
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
