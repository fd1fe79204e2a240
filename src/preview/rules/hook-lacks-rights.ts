/**
 * A hook whose shell text makes calls that its account may not make. Where it throws the refusal away and counts the
 * lines, it goes on as if nothing were there.
 */

import type { KubectlCall } from '../../knowledge/kubectl-calls.ts';
import { allows, type Right } from '../../knowledge/rights.ts';
import { describeId, makeId } from '../../objects/identity.ts';
import { isMeantBy } from '../../objects/kind-names.ts';
import type { Attributes } from '../../objects/rbac.ts';
import { type BuiltInResource, builtInNamed } from './built-in-resources.ts';
import { anyOf, resourceOf } from './finalizer-servers.ts';
import { grantingRules } from './granting-rules.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasFailed, hasKnownRights, hookRuns } from './hook-runs.ts';
import { withoutHooks } from './remedy-steps.ts';
import { type Explained, ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, listed } from './words.ts';

export const meta: RuleMeta = {
  id: 'hook-lacks-rights',
  name: 'A hook may not do what it tries',
  means: [
    'A clean-up hook runs as an account with its own permissions, which nobody tries before the day of the uninstall. A missing verb ends the hook, and with it the uninstall; or, where the script discards errors',
    '(`kubectl get … 2>/dev/null | wc -l`, `|| true`), the script reads the refusal as "nothing there" and skips the clean-up in silence.',
    'The script is read as far as it can be: kubectl calls with a kind that is known.',
  ].join(' '),
  severity: 'error',
  hiddenBy: ['hook-without-account'],
  fails: {
    says: 'The rule has no `list`, which `--all` takes, so nothing is deleted.',
    yaml: hookExample({ rule: '{apiGroups: [example.com], resources: [widgets], verbs: [get, delete]}' }),
  },
  passes: { says: 'All that the script does is allowed.', yaml: hookExample({}) },
};

export function find(input: RuleInput, isExplained: Explained): Found[] {
  return hookRuns(input).flatMap((run) => {
    if (isExplained('hook', run.hook.id) || !hasKnownRights(run, input)) return [];
    const lacking = run.calls.flatMap((call) =>
      asked(call, run, input).flatMap((need) => (allows(input.rightsOf(run.account), need) ? [] : [{ call, need }])),
    );
    const [first] = lacking;
    return first === undefined ? [] : [findingOf(run, lacking as [Lack, ...Lack[]], input.rightsOf(run.account), input)];
  });
}

type Lack = { call: HookRun['calls'][number]; need: Attributes };

/** What a kubectl call asks of the API server, as far as its kind is known. */
function asked(call: KubectlCall, run: HookRun, input: RuleInput): Attributes[] {
  if (call.namespace === '?' || call.flags.some((flag) => flag === '--dry-run=client')) return [];
  const everywhere = call.namespace === '*';
  const implied = impliedBy(call, run);
  if (implied) return implied;
  return call.types.flatMap((type) => {
    const target = targetOf(type, input);
    if (target === undefined) return [];
    const { group, resource, isClusterScoped } = target;
    const place = isClusterScoped || everywhere ? {} : { namespace: call.namespace ?? run.namespace };
    const named = call.names.filter((name) => !name.includes('$'));
    const selects = call.names.length === 0;
    const verbs = verbsOf(call.verb, selects);
    return verbs.flatMap(({ verb, subresource }): Attributes[] => {
      const of = { verb, group, resource: subresource === undefined ? resource : `${resource}/${subresource}`, ...place };
      const [name] = named;
      return [name === undefined || verb === 'list' ? of : { ...of, name }];
    });
  });
}

/** Of commands that name no kind: what stands behind them is a node, a Pod, or a Job that they make. */
function impliedBy({ verb, namespace, names, types }: KubectlCall, run: HookRun): Attributes[] | undefined {
  const place = namespace === '*' ? {} : { namespace: namespace ?? run.namespace };
  switch (verb) {
    case 'cordon':
    case 'uncordon':
      return [{ verb: 'patch', group: '', resource: 'nodes' }];
    case 'drain':
      return [
        { verb: 'patch', group: '', resource: 'nodes' },
        { verb: 'list', group: '', resource: 'pods' },
        { verb: 'create', group: '', resource: 'pods/eviction' },
      ];
    case 'exec':
    case 'cp':
      return [{ verb: 'create', group: '', resource: 'pods/exec', ...place }];
    case 'logs':
      return [{ verb: 'get', group: '', resource: 'pods/log', ...place }];
    case 'create job':
      return types.length + names.length > 0 ? [{ verb: 'create', group: 'batch', resource: 'jobs', ...place }] : undefined;
    default:
      return undefined;
  }
}

function verbsOf(verb: string, selects: boolean): { verb: string; subresource?: string }[] {
  const look = selects ? [{ verb: 'list' }] : [{ verb: 'get' }];
  switch (verb) {
    case 'get':
    case 'describe':
      return look;
    case 'delete':
      return selects ? [{ verb: 'list' }, { verb: 'delete' }] : [{ verb: 'delete' }];
    case 'patch':
    case 'label':
    case 'annotate':
      return [...look, { verb: 'patch' }];
    case 'scale':
      return [{ verb: 'patch', subresource: 'scale' }];
    case 'rollout restart':
    case 'set image':
    case 'set env':
    case 'taint':
      return [...look, { verb: 'patch' }];
    case 'rollout status':
      return look;
    default:
      return [];
  }
}

type Target = Pick<BuiltInResource, 'group' | 'resource' | 'isClusterScoped'>;

function targetOf(type: string, input: RuleInput): Target | undefined {
  const builtIn = builtInNamed(type);
  if (builtIn) return builtIn;
  const crd = input.world
    .ofKind('apiextensions.k8s.io', 'CustomResourceDefinition')
    .find((each) => isMeantBy(resourceOf(anyOf(each), input), type));
  if (crd === undefined) return undefined;
  return resourceOf(anyOf(crd), input);
}

function findingOf(run: HookRun, lacking: readonly [Lack, ...Lack[]], rights: readonly Right[], input: RuleInput): Found {
  const { hook, account, template } = run;
  const wanted = [
    ...Map.groupBy(
      lacking.map(({ need }) => need),
      (need) => inWords({ ...need, verb: '' }),
    ),
  ].map(([what, needs]) => `${[...new Set(needs.map(({ verb }) => verb))].join(' and ')}${what}`);
  const silent = lacking.some(({ call }) => call.hidesRefusal || call.mayFail);
  const roles = [...new Set(rights.map(({ role }) => role))].sort();
  // One that was never started failed for another reason.
  const failed = hasFailed(run) && run.end?.log !== undefined;
  return {
    severity: failed ? 'error' : 'warning',
    title: `Hook ${describeId(hook.id)} may not ${listed(wanted)}`,
    objects: [hook.id, makeId('', 'ServiceAccount', run.namespace, template.serviceAccount), ...roles],
    evidence: [
      ...[...new Map(lacking.map((each) => [each.call.text, each])).values()].map(({ call, need: lacked }) =>
        input.evidence(hook.id, `needs the permission to ${inWords(lacked)}`, call.field, call.text.slice(0, 160)),
      ),
      input.evidence(
        hook.id,
        `acts as ServiceAccount ${account}, which has ${rights.length === 0 ? 'no rights at all' : `${count(rights.length, 'rule')}, none of which allows it`}`,
        template.serviceAccountPath,
        template.serviceAccount,
      ),
    ],
    consequence: `${silent ? silently(run, lacking) : `The API server refuses the call, and the hook fails: ${endFor(hook)}.`}${failed ? '' : ' It depends on whether the script reaches that line.'}`,
    remedies: [
      ...grantingRules(
        lacking.map(({ need }) => need),
        rights,
        input,
      ),
      withoutHooks(input),
    ],
    explains: ends('hook', hasFailed(run) && !failed ? [] : [hook.id]),
  };
}

/** What the script goes on to do after a wait that ends at once is done under what still runs. */
function silently({ calls }: HookRun, lacking: readonly [Lack, ...Lack[]]): string {
  const [{ call: first }] = lacking;
  const looks = lacking.every(({ need }) => need.verb === 'get' || need.verb === 'list');
  const next = calls.slice(calls.indexOf(first) + 1).find(({ verb }) => verb === 'delete' || verb === 'patch');
  if (looks && first.hidesRefusal && next !== undefined)
    return `The hook discards the refusal and reads it as "nothing there". So it does not wait, and \`${next.text.slice(0, 100)}\` may run too early, or not at all.`;
  return 'The hook succeeds without cleaning up: it discards the refusal and reads it as "nothing there".';
}

function endFor({ events }: HookRun['hook']): string {
  return events.includes('pre-delete')
    ? 'Helm stops the uninstall before it deletes the release'
    : 'the objects of the release are deleted by then, but it stays "uninstalling"';
}

function inWords({ verb, group, resource, namespace }: Attributes): string {
  const isClusterScoped = builtInNamed(resource)?.isClusterScoped ?? false;
  const where = namespace !== undefined ? ` in ${namespace}` : isClusterScoped ? '' : ' in all namespaces';
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${where}`;
}
