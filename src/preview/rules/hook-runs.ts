/** Hooks that run at this uninstall and make a Pod, with what their scripts do: the ground of the rules about hooks. */
import type { PodTemplate } from '../../objects/pod-template.ts';
import type { ToolStep } from '../model.ts';
import { type Hook, runsAtUninstall } from './hooks.ts';
import { type KubectlCall, kubectlCalls, type Script, scriptsOf } from './shell.ts';
import type { View } from './view.ts';

export type HookRun = {
  hook: Hook;
  template: PodTemplate;
  namespace: string;
  /** `namespace/name` of its ServiceAccount. */
  account: string;
  scripts: readonly Script[];
  calls: readonly (KubectlCall & { field: string })[];
  /** How the play saw it end, when it was waited for. */
  end?: ToolStep;
};

/** Only Helm runs hooks; without them there are none. */
export function hookRuns(view: View): HookRun[] {
  if (!view.helm || !view.scenario.hooks) return [];
  return view.hooks.filter(runsAtUninstall).flatMap((hook): HookRun[] => {
    const { template, id } = hook;
    if (template === undefined) return [];
    const namespace = hook.object.metadata.namespace ?? view.subject.namespace;
    const scripts = scriptsOf(template.spec, template.specPath, namespace, view.world);
    const calls = scripts.flatMap(({ text, field }) => kubectlCalls(text).map((call) => ({ ...call, field })));
    const end = view.play.steps.findLast((step) => step.id === id && (step.what === 'wait-hook' || step.answer === 'failed'));
    return [
      { hook, template, namespace, account: `${namespace}/${template.serviceAccount}`, scripts, calls, ...(end && { end }) },
    ];
  });
}

export function hasFailed({ end }: HookRun): boolean {
  return end?.answer === 'failed' || end?.answer === 'timed-out';
}
