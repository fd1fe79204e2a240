/**
 * The failure that began this project: what a Pod may do ends while it still stops, its preStop hook is answered 403,
 * and what the hook should have cleaned stays behind. One finding for each severity: the cause, the tool's order, is
 * one.
 */
import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { changes, isHousekeeping, type Right, rightsByAccount } from '../../knowledge/rights.ts';
import { scriptsOf } from '../../knowledge/shell.ts';
import { hasToken } from '../../knowledge/tokens.ts';
import { fieldAt, listOf } from '../../objects/fields.ts';
import { makeId, type ObjectId, parseId } from '../../objects/identity.ts';
import { writeYamlInLine } from '../../objects/yaml.ts';
import type { Severity } from '../finding.ts';
import type { PodEnd } from '../play/outcome.ts';
import { endOf, type Found, type Rule } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { spareAccounts } from './spare-accounts.ts';
import { kubectlName, namesOf, seconds, sorted } from './words.ts';

export const permissionsBeforePods: Rule = {
  id: 'permissions-before-pods',
  name: 'Permissions end before their Pods',
  means: [
    'A Pod that is being stopped still runs for as long as its grace period lets it. When its ServiceAccount, a binding or a role is deleted in that time, its calls to the API server are refused: by RBAC at once, by its token a',
    'minute after its ServiceAccount began to go and at once when it is gone. A preStop hook that must clean up through the API fails then, and shows it only as an Event. No tool waits for Pods before it deletes what they need.',
    'It is an error when the hook is seen to call the API, a warning when that is likely but stands in no field, and a note when the Pod is not known to call it while it stops.',
  ].join(' '),
  fails: {
    says: 'The hook takes the label off its node; by then the ClusterRoleBinding is gone.',
    yaml: `apiVersion: v1
kind: ServiceAccount
metadata: {name: agent, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: agent}
rules:
  - {apiGroups: [""], resources: [nodes], verbs: [get, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: agent}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: agent}
subjects: [{kind: ServiceAccount, name: agent, namespace: shop}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      serviceAccountName: agent
      containers:
        - name: agent
          image: registry.example.com/agent:1
          lifecycle:
            preStop:
              exec: {command: [sh, -c, 'sleep 5; kubectl label node "$NODE_NAME" example.com/agent-']}
`,
  },
  passes: {
    says: 'The hook only waits, and the Pod has no token that it could call with.',
    yaml: `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  selector: {matchLabels: {app: agent}}
  template:
    metadata: {labels: {app: agent}}
    spec:
      automountServiceAccountToken: false
      containers:
        - name: agent
          image: registry.example.com/agent:1
          lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}
`,
  },
  find(input) {
    const rights = rightsByAccount(input.world);
    const workloads = new Map(input.world.workloads.map((workload) => [workload.id, workload]));
    const spare = spareAccounts(rights, input);
    const told = new Set(spare.flatMap(({ objects }) => objects));
    const unseen = ({ account, of, pod }: PodEnd) => !workloads.has(of) && !workloads.has(pod) && told.has(accountId(account));
    const pods = input.play.pods.filter((pod) => !unseen(pod));
    const cases = pods.flatMap((pod) => judged(pod, workloads.get(pod.of) ?? workloads.get(pod.pod), rights, input));
    const ofPods = (['error', 'warning', 'note'] as const).flatMap((severity) => {
      const those = cases.filter((each) => each.severity === severity);
      return those.length === 0 ? [] : [findingOf(severity, those, input)];
    });
    return [...ofPods, ...spare];
  },
};

function accountId(account: string): ObjectId {
  const [namespace, name = ''] = account.split('/');
  return makeId('', 'ServiceAccount', namespace, name);
}

type Case = { pod: PodEnd; severity: Severity; workload?: Workload; depends?: string };

function judged(
  pod: PodEnd,
  workload: Workload | undefined,
  rights: (account: string) => readonly Right[],
  input: RuleInput,
): Case[] {
  if (pod.lost.length === 0) return [];
  const [namespace = '', account = ''] = pod.account.split('/');
  if (workload && !hasToken(workload.podSpec, namespace, account, input.world)) return [];
  const matters = rights(pod.account).filter((right) => changes(right) && !isHousekeeping(right));
  const of = { pod, ...(workload && { workload }) };
  const { preStop } = pod;
  if (preStop === undefined) return matters.length > 0 && isGivenTimeToCleanUp(workload) ? [{ ...of, severity: 'note' }] : [];
  if (preStop.outcome === 'not-run') return [];
  if (preStop.calls === 'unlikely') return matters.length > 0 && isOpaque(workload, input) ? [{ ...of, severity: 'note' }] : [];
  if (preStop.outcome !== 'failed') return [];
  if (preStop.calls === 'certain' && workload) return [{ ...of, severity: 'error' }];
  if (preStop.calls === 'certain')
    return [{ ...of, severity: 'warning', depends: 'whether its controller makes Pods with this hook' }];
  return matters.length === 0
    ? []
    : [{ ...of, severity: 'warning', depends: 'whether the preStop hook calls the API server, which no field shows' }];
}

/** Nobody raises the grace period of a Pod that has nothing to do when it stops. */
function isGivenTimeToCleanUp(workload: Workload | undefined): boolean {
  const grace = workload?.podSpec.terminationGracePeriodSeconds;
  return workload?.object.kind !== 'Job' && workload?.object.kind !== 'CronJob' && typeof grace === 'number' && grace > 60;
}

/** Whether a hook runs a program of which nothing is known. What only waits, signals or asks over HTTP calls no API. */
function isOpaque(workload: Workload | undefined, input: RuleInput): boolean {
  if (workload === undefined) return false;
  return preStopsOf(workload).some(({ hook }) => {
    if (fieldAt(hook, 'exec') === undefined) return false;
    const container = { command: listOf(fieldAt(hook, 'exec', 'command')) };
    const [script] = scriptsOf({ containers: [container] }, '', workload.namespace, input.world);
    return script !== undefined && !harmless.test(script.text);
  });
}

/** Only `sleep`, signals, and what servers are asked to do before they end. */
const harmless =
  /^\s*(?:\/\S+\/)?(?:(?:exec\s+)?(?:sleep|kill|killall|pkill|nginx|curl|wget|echo|touch|true|sync|nc|trap|pidof|test|cat)\b[^;&|\n]*(?:;|&&|\|\||\||\n|$)\s*)+$/;

function preStopsOf({ podSpec, podSpecPath }: Workload): { hook: unknown; field: string }[] {
  return ['containers', 'initContainers'].flatMap((list) =>
    listOf(podSpec[list]).flatMap((container, index) => {
      const hook = fieldAt(container, 'lifecycle', 'preStop');
      return hook === undefined ? [] : [{ hook, field: `${podSpecPath}.${list}[${index}].lifecycle.preStop` }];
    }),
  );
}

function findingOf(severity: Severity, cases: readonly Case[], input: RuleInput): Found {
  const owners = sorted(cases.map(({ pod }) => pod.of));
  const taken = sorted(cases.flatMap(({ pod }) => pod.lost.map(({ by }) => by)));
  const evidence = [...new Map(cases.map((each) => [each.pod.of, each])).values()].flatMap((each) => evidenceOf(each, input));
  const dependsOn = [...new Set(cases.flatMap(({ depends }) => depends ?? []))].join(', and ');
  return {
    severity,
    title: titles[severity](namesOf(owners)),
    objects: [...owners, ...taken],
    evidence,
    consequence: `${consequences[severity](cases)}${dependsOn === '' ? '' : ` It depends on ${dependsOn}.`}`,
    remedy: remedy(owners, input),
    tells: cases.flatMap(({ pod }) => [endOf('pod', pod.of), endOf('left', pod.pod)]),
  };
}

const titles: Record<Severity, (names: string) => string> = {
  error: (names) => `Permissions end before the Pods of ${names}: their preStop hooks fail`,
  warning: (names) => `Permissions end before the Pods of ${names}: their preStop hooks may fail`,
  note: (names) => `Permissions end before the Pods of ${names}, which are not known to need them while they stop`,
};

const consequences: Record<Severity, (cases: readonly Case[]) => string> = {
  error: (cases) => `${failing(cases)} What they should clean up stays behind, and only an Event FailedPreStopHook says so.`,
  warning: (cases) => `${failing(cases)} Whatever the hooks should clean up through the API would stay behind.`,
  note: () =>
    'As far as can be known these Pods call no API while they stop. Should their program clean up when it gets SIGTERM, or a script in the image in its preStop hook, its calls would be refused.',
};

function failing(cases: readonly Case[]): string {
  const [first] = cases;
  const message = first?.pod.preStop?.message;
  const at = Math.min(...cases.flatMap(({ pod }) => pod.lost.map((lost) => lost.at)));
  return `From ${seconds(at)} on calls of these Pods are refused while they still run${message ? ` (${message})` : ''}.`;
}

function evidenceOf({ pod, workload }: Case, input: RuleInput): FindingEvidence[] {
  const account = pod.account.split('/')[1] ?? '';
  const end = pod.stoppedAt ?? pod.goneAt;
  const until = end === undefined ? 'its Pods run on' : `its Pods run until ${seconds(end)}`;
  const hooks = workload ? preStopsOf(workload) : [];
  return [
    workload
      ? input.evidence(workload.id, `its Pods act as ServiceAccount ${pod.account}`, workload.serviceAccountPath, account)
      : input.evidence(pod.of, `its Pods act as ServiceAccount ${pod.account}`),
    ...hooks.map(({ field, hook }) =>
      input.evidence(workload?.id ?? pod.of, `the hook runs while the Pod stops; ${until}`, field, shortened(hook)),
    ),
    ...pod.lost.map(({ at, by, what }) =>
      input.evidence(by, `gone at ${seconds(at)}, while ${until.replace('its', 'the')}: ${what}`),
    ),
  ];
}

function shortened(hook: unknown): string {
  const text =
    listOf(fieldAt(hook, 'exec', 'command'))
      .map(String)
      .join(' ') || JSON.stringify(hook);
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}

function remedy(owners: readonly ObjectId[], { helm, world }: RuleInput): string {
  const [owner] = owners;
  if (owner === undefined) return '';
  const { group, kind, namespace, name } = parseId(owner);
  const plural = fieldAt(world.crdOf(group, kind), 'spec', 'names', 'plural');
  const resource = `${typeof plural === 'string' ? plural : `${kind.toLowerCase()}s`}${group === '' ? '' : `.${group}`}`;
  const target = `{kind: ${resource}, names: [${writeYamlInLine(name)}]${namespace === undefined ? '' : `, namespace: ${writeYamlInLine(namespace)}`}}`;
  const byHand = `\`kubectl delete ${kubectlName(owner)} --cascade=foreground\``;
  return helm
    ? `Let the Pods end before the rest goes: add the library chart bookend-hook with \`bookend: {delete: [${target}]}\`, or run \`bookend delete\` for it, or ${byHand}, before \`helm uninstall\`.`
    : `Let the Pods end before the rest goes: \`bookend delete\` waits for them; or ${byHand} first.`;
}
