/** A pre-delete hook that may only look: all that it can do is to wait, or to refuse the uninstall. */
import { changes, isHousekeeping, type Right } from '../../knowledge/rights.ts';
import { describeId } from '../../objects/identity.ts';
import { isBuiltInGroup } from '../../objects/scopes.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hookRuns } from './hook-runs.ts';
import { look, withoutHooks } from './remedy-steps.ts';
import type { Explained, Found, RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { listed } from './words.ts';

const reading = 'kubectl get widgets.example.com --all-namespaces';
const onlyReads = '{apiGroups: [example.com], resources: [widgets], verbs: [get, list]}';

export const meta: RuleMeta = {
  id: 'hook-guards',
  name: 'A hook may refuse the uninstall',
  means: [
    'Some charts guard their custom resources with a pre-delete hook that looks for them and fails while there are any. Its account may read them and change nothing. Helm then stops before it deletes anything, and the release stays',
    '"uninstalling" until somebody has deleted them and starts the uninstall again.',
  ].join(' '),
  severity: 'note',
  hiddenBy: ['hook-fails'],
  fails: { says: 'The account of the hook may only read Widgets.', yaml: hookExample({ script: reading, rule: onlyReads }) },
  passes: { says: 'The account may delete them, and the hook does.', yaml: hookExample({}) },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  return hookRuns(input).flatMap((run) => {
    const isGuard = run.hook.events.includes('pre-delete') && !isExplained('hook', run.hook.id);
    const read = isGuard ? onlyRead(run, input) : [];
    return read.length === 0 ? [] : [findingOf(run, read, input)];
  });
}

/** Rights to read kinds that are not built in, where the account may change nothing. */
function onlyRead({ account, targets }: HookRun, input: RuleInput): Right[] {
  const rights = input.rightsOf(account);
  if (targets.length > 0 || rights.some((right) => changes(right) && !isHousekeeping(right))) return [];
  return rights.filter(({ apiGroups }) => apiGroups.some((group) => group.includes('.') && !isBuiltInGroup(group)));
}

function findingOf({ hook }: HookRun, read: readonly Right[], input: RuleInput): Found {
  const resources = read.flatMap(({ apiGroups, resources: names }) =>
    apiGroups.flatMap((group) => names.map((name) => (name === '*' ? `all of ${group}` : `${name}.${group}`))),
  );
  const known = [...new Set(resources)].sort();
  const named = known.filter((each) => !each.includes(' '));
  return {
    severity: 'note',
    title: `Hook ${describeId(hook.id)} may only read ${listed(known)}, and so may refuse the uninstall while any exist`,
    objects: [hook.id],
    evidence: read
      .slice(0, 6)
      .map((right) =>
        input.evidence(right.role, 'all that the account of the hook may do with them', right.field, right.verbs.join(', ')),
      ),
    consequence: `Nothing is deleted and the release stays "uninstalling" if the hook fails while custom resources exist (${listed(known, 20)}). It depends on what its program does, and on whether any exist.`,
    remedies: [
      ...(named.length > 0
        ? [
            {
              says: 'Delete the custom resources first, while their operator runs. This lists them.',
              steps: [look('before', 'kubectl', 'get', named.join(','), '--all-namespaces')],
            },
          ]
        : []),
      withoutHooks(input),
    ],
    bookend: 'same',
  };
}
