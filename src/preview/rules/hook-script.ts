/**
 * A change of what a hook's script does, where the script stands in the hook itself and shows the call as it was read.
 */
import { listOf, textsOf } from '../../objects/fields.ts';
import type { ChangeStep } from '../../remedies/remedy.ts';
import type { HookRun } from './hook-runs.ts';
import { change } from './remedy-steps.ts';

type Call = HookRun['calls'][number];

/** Undefined: the call does not stand there word for word. */
export function changedScript(run: HookRun, calls: readonly Call[], edit: (text: string) => string): ChangeStep | undefined {
  const { hook, template } = run;
  const edited = new Map<string, { path: (string | number)[]; value: string }>();
  for (const { text } of calls) {
    const place = placeOf(run, text);
    if (place === undefined) return undefined;
    const key = place.path.join('.');
    const { value } = edited.get(key) ?? place;
    edited.set(key, { path: [...template.specPath.split('.'), ...place.path], value: value.replace(text, () => edit(text)) });
  }
  return edited.size === 0 ? undefined : change(hook.id, ...edited.values());
}

function placeOf({ template }: HookRun, text: string): { path: (string | number)[]; value: string } | undefined {
  for (const list of ['initContainers', 'containers'])
    for (const [index, container] of listOf(template.spec[list]).entries())
      for (const field of ['command', 'args']) {
        const words = textsOf((container as Record<string, unknown>)[field]);
        const at = words.findIndex((word) => word.includes(text));
        if (at >= 0) return { path: [list, index, field, at], value: words[at] ?? '' };
      }
  return undefined;
}
