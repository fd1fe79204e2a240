/** Finds the hook Pods of a chart that run `bookend delete`, with their arguments and accounts. */
import { fieldAt, listOf, mapOf, textOf, textsOf } from '../objects/fields.ts';
import { describeRef } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { podTemplateOf } from '../objects/pod-template.ts';
import type { Account } from '../objects/service-accounts.ts';

export type HookCall = {
  /** Of the Job or Pod, for messages. */
  hook: string;
  account: Account;
  /** From `delete` on. */
  args: string[];
};

export function hookCallsIn(hooks: readonly KubernetesObject[]): HookCall[] {
  return hooks.flatMap((hook) => {
    const template = podTemplateOf(hook);
    const { namespace = 'default' } = hook.metadata;
    if (!template) return [];
    const containers = [...listOf(fieldAt(template.spec, 'initContainers')), ...listOf(fieldAt(template.spec, 'containers'))];
    return containers.map(mapOf).flatMap((container) => {
      const args = callIn(container);
      if (args === undefined) return [];
      return {
        hook: describeRef({ kind: hook.kind, ...hook.metadata }),
        account: { namespace, name: template.serviceAccount },
        args,
      };
    });
  });
}

/** Our image runs its arguments as they are; elsewhere the program is named. */
function callIn({ image, command, args }: Record<string, unknown>): string[] | undefined {
  const words = [...textsOf(command), ...textsOf(args)];
  const program = words.findIndex((word) => /(^|\/)bookend(\.js)?$/.test(word));
  const own = program >= 0 || /(^|\/)bookend([:@]|$)/.test(textOf(image) ?? '') || words.includes('--targets');
  const call = words.slice(program + 1);
  return own && call[0] === 'delete' ? call : undefined;
}
