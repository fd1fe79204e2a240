/**
 * A hook whose shell text makes calls that its account may not make. Where it throws the refusal away and counts the
 * lines, it goes on as if nothing were there.
 */

import { allows, type Right, rightsByAccount } from '../../knowledge/rights.ts';
import type { KubectlCall } from '../../knowledge/shell.ts';
import { fieldAt } from '../../objects/fields.ts';
import { describeId, makeId } from '../../objects/identity.ts';
import { kindWordRank } from '../../objects/kind-names.ts';
import type { Attributes } from '../../objects/rbac.ts';
import { isCrd } from '../../objects/scopes.ts';
import { resourceOf } from './finalizer-servers.ts';
import { hookExample } from './hook-examples.ts';
import { type HookRun, hasFailed, hasKnownRights, hookRuns } from './hook-runs.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { count, listed } from './words.ts';

export const hookRights: Rule = {
  id: 'hook-lacks-rights',
  name: 'A hook may not do what it tries',
  means: [
    'A clean-up hook runs as an account with rights of its own, and they are seldom tried before the day of the uninstall. A missing verb ends the hook, and with it the uninstall; or, where the script throws errors away',
    '(`kubectl get … 2>/dev/null | wc -l`, `|| true`), the refusal is read as "nothing there" and the clean-up is skipped without a word.',
    'The script is read as far as it can be: kubectl calls with a kind that is known.',
  ].join(' '),
  fails: {
    says: 'The rule has no `list`, which `--all` takes, so nothing is deleted.',
    yaml: hookExample({ rule: '{apiGroups: [example.com], resources: [widgets], verbs: [get, delete]}' }),
  },
  passes: { says: 'All that the script does is allowed.', yaml: hookExample({}) },
  find(input, told) {
    const rights = rightsByAccount(input.world);
    return hookRuns(input).flatMap((run) => {
      if (told.has(endOf('hook', run.hook.id)) || !hasKnownRights(run, input)) return [];
      const lacking = run.calls.flatMap((call) =>
        asked(call, run, input).flatMap((need) => (allows(rights(run.account), need) ? [] : [{ call, need }])),
      );
      const [first] = lacking;
      return first === undefined ? [] : [findingOf(run, lacking as [Lack, ...Lack[]], rights(run.account), input)];
    });
  },
};

type Lack = { call: HookRun['calls'][number]; need: Attributes };

/** What a kubectl call asks of the API server, as far as its kind is known. */
function asked(call: KubectlCall, run: HookRun, input: RuleInput): Attributes[] {
  if (call.namespace === '?' || call.flags.some((flag) => flag === '--dry-run=client')) return [];
  const everywhere = call.namespace === '*';
  return call.types.flatMap((type) => {
    const target = targetOf(type, input);
    if (target === undefined) return [];
    const { group, resource, cluster } = target;
    const place = cluster || everywhere ? {} : { namespace: call.namespace ?? run.namespace };
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
    default:
      return [];
  }
}

type Target = { group: string; resource: string; cluster: boolean };

function targetOf(type: string, input: RuleInput): Target | undefined {
  const [first = '', ...rest] = type.toLowerCase().split('.');
  const builtIn = builtInResources.get(first) ?? builtInResources.get(first.replace(/s$/, ''));
  if (builtIn && (rest.length === 0 || rest.join('.').endsWith(builtIn.group))) return builtIn;
  const crd = input.world.objects.find((object) => {
    if (!isCrd(object)) return false;
    const [kind, group] = [fieldAt(object, 'spec', 'names', 'kind'), fieldAt(object, 'spec', 'group')];
    return (
      typeof kind === 'string' &&
      typeof group === 'string' &&
      kindWordRank(resourceOf(makeId(group, kind, undefined, 'any'), input), type) > 0
    );
  });
  if (crd === undefined) return undefined;
  const [group, plural] = [fieldAt(crd, 'spec', 'group'), fieldAt(crd, 'spec', 'names', 'plural')];
  return { group: String(group), resource: String(plural), cluster: fieldAt(crd, 'spec', 'scope') === 'Cluster' };
}

/** As `kubectl api-resources` has them: singular and short names of what clean-up scripts name. */
const builtInResources = new Map<string, Target>(
  [
    [
      '',
      [
        'pod po',
        'service svc',
        'configmap cm',
        'secret',
        'serviceaccount sa',
        'persistentvolumeclaim pvc',
        'endpoint ep',
        'event ev',
      ],
      false,
    ],
    ['', ['node no', 'namespace ns', 'persistentvolume pv'], true],
    ['apps', ['deployment deploy', 'daemonset ds', 'statefulset sts', 'replicaset rs'], false],
    ['batch', ['job', 'cronjob cj'], false],
    ['rbac.authorization.k8s.io', ['role', 'rolebinding'], false],
    ['rbac.authorization.k8s.io', ['clusterrole', 'clusterrolebinding'], true],
    ['coordination.k8s.io', ['lease'], false],
    ['apiextensions.k8s.io', ['customresourcedefinition crd'], true],
    ['apiregistration.k8s.io', ['apiservice'], true],
    ['admissionregistration.k8s.io', ['validatingwebhookconfiguration', 'mutatingwebhookconfiguration'], true],
    ['storage.k8s.io', ['storageclass sc'], true],
  ].flatMap(([group, resources, cluster]) =>
    (resources as string[]).flatMap((words): [string, Target][] => {
      const [singular = '', ...short] = words.split(' ');
      const target = {
        group: String(group),
        resource: singular === 'storageclass' ? 'storageclasses' : `${singular}s`,
        cluster: cluster === true,
      };
      return [singular, target.resource, ...short].map((word) => [word, target]);
    }),
  ),
);

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
  const [{ need }] = lacking;
  const failed = hasFailed(run);
  return {
    severity: failed ? 'error' : 'warning',
    title: `Hook ${describeId(hook.id)} may not ${listed(wanted)}`,
    objects: [hook.id, makeId('', 'ServiceAccount', run.namespace, template.serviceAccount), ...roles],
    evidence: [
      ...[...new Map(lacking.map((each) => [each.call.text, each])).values()].map(({ call, need: lacked }) =>
        input.evidence(hook.id, `takes the right to ${inWords(lacked)}`, call.field, call.text.slice(0, 160)),
      ),
      input.evidence(
        hook.id,
        `acts as ServiceAccount ${account}, which has ${rights.length === 0 ? 'no rights at all' : `${count(rights.length, 'rule')}, none of which allows it`}`,
        template.serviceAccountPath,
        template.serviceAccount,
      ),
    ],
    consequence: `${silent ? 'The refusal is thrown away and read as "nothing there": the hook succeeds without having cleaned up.' : 'The call is refused, the hook fails, and Helm gives the uninstall up before it deletes anything.'}${failed ? '' : ' It depends on whether the script comes to that line.'}`,
    remedy: `Add to the rules of the hook's role: \`{apiGroups: ["${need.group}"], resources: [${need.resource}], verbs: [${[...new Set(lacking.filter((each) => each.need.resource === need.resource).map((each) => each.need.verb))].join(', ')}]}\`.`,
    tells: [endOf('hook', hook.id)],
  };
}

function inWords({ verb, group, resource, namespace }: Attributes): string {
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? ' in all namespaces' : ` in ${namespace}`}`.replace(
    clusterScoped.has(resource) ? ' in all namespaces' : '\0',
    '',
  );
}

const clusterScoped = new Set([...builtInResources.values()].filter(({ cluster }) => cluster).map(({ resource }) => resource));
