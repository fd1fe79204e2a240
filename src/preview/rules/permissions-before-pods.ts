/**
 * The failure that began this project: a Pod loses its permissions while it still stops, its preStop hook gets 403, and
 * what the hook should clean up stays behind. One finding for each severity: the cause, the tool's order, is one.
 */
import type { Workload } from '../../graph/edge.ts';
import type { FindingEvidence } from '../../knowledge/evidence.ts';
import { changes, isHousekeeping } from '../../knowledge/rights.ts';
import { scriptsOf } from '../../knowledge/shell.ts';
import { hasToken } from '../../knowledge/tokens.ts';
import { fieldAt, listOf, textOf, textsOf } from '../../objects/fields.ts';
import { makeId, type ObjectId } from '../../objects/identity.ts';
import type { ProposedRemedy } from '../../remedies/remedy.ts';
import type { Severity } from '../finding.ts';
import type { PodEnd } from '../play/outcome.ts';
import { deleteFirst } from './delete-first.ts';
import { account, documents, workload } from './examples.ts';
import { bookendDelete } from './remedy-steps.ts';
import { ends, type Found, type RuleMeta } from './rule.ts';
import type { RuleInput } from './rule-input.ts';
import { spareAccounts } from './spare-accounts.ts';
import { agree, namesOf, seconds, sorted } from './words.ts';

export const meta: RuleMeta = {
  id: 'permissions-before-pods',
  name: 'Permissions end before their Pods',
  means: [
    'A Pod that stops runs on during its grace period. When its ServiceAccount, a binding or a role is deleted in that time, the API server refuses its calls: RBAC at once, the token a',
    'minute after the deletion of its ServiceAccount began and at once when that is gone. A preStop hook that must clean up through the API then fails, and only an Event shows it. No tool waits for Pods before it deletes what they need.',
    'It is an error when the hook calls the API, a warning when that is likely but no field states it, and a note when the Pod is not known to call the API while it stops.',
  ].join(' '),
  severity: 'error',
  fails: {
    says: 'The hook takes the label off its node; by then the ClusterRoleBinding is gone.',
    yaml: documents(
      account('agent', '{apiGroups: [""], resources: [nodes], verbs: [get, patch]}'),
      workload('DaemonSet', 'agent', {
        pod: 'serviceAccountName: agent',
        container: `lifecycle:
  preStop:
    exec: {command: [sh, -c, 'sleep 5; kubectl label node "$NODE_NAME" example.com/agent-']}`,
      }),
    ),
  },
  passes: {
    says: 'The hook only waits, and the Pod has no token that it could call with.',
    yaml: workload('DaemonSet', 'agent', {
      pod: 'automountServiceAccountToken: false',
      container: 'lifecycle: {preStop: {exec: {command: [sleep, "5"]}}}',
    }),
  },
};

export function find(input: RuleInput): Found[] {
  const workloads = new Map(input.world.workloads.map((workload) => [workload.id, workload]));
  const spare = spareAccounts(input);
  const told = new Set(spare.flatMap(({ objects }) => objects));
  const unseen = ({ account, of, pod }: PodEnd) => !workloads.has(of) && !workloads.has(pod) && told.has(accountId(account));
  const pods = input.play.pods.filter((pod) => !unseen(pod));
  const cases = pods.flatMap((pod) => judged(pod, workloads.get(pod.of) ?? workloads.get(pod.pod), input));
  const ofPods = (['error', 'warning', 'note'] as const).flatMap((severity) => {
    const those = cases.filter((each) => each.severity === severity);
    return those.length === 0 ? [] : [findingOf(severity, those, input)];
  });
  return [...ofPods, ...spare];
}

function accountId(account: string): ObjectId {
  const [namespace, name = ''] = account.split('/');
  return makeId('', 'ServiceAccount', namespace, name);
}

type Case = { pod: PodEnd; severity: Severity; workload?: Workload; depends?: string };

function judged(pod: PodEnd, workload: Workload | undefined, input: RuleInput): Case[] {
  if (pod.lost.length === 0) return [];
  const [namespace = '', account = ''] = pod.account.split('/');
  if (workload && !hasToken(workload.podSpec, namespace, account, input.world)) return [];
  const matters = input.rightsOf(pod.account).some((right) => changes(right) && !isHousekeeping(right));
  const verdict = verdictOn(pod.preStop, workload, matters, input);
  return verdict === undefined ? [] : [{ ...verdict, pod, ...(workload && { workload }) }];
}

/** @param matters whether the Pod lost a right to change something, which is what cleaning up takes. */
function verdictOn(
  preStop: PodEnd['preStop'],
  workload: Workload | undefined,
  matters: boolean,
  input: RuleInput,
): Pick<Case, 'severity' | 'depends'> | undefined {
  const note = { severity: 'note' } as const;
  if (preStop === undefined) return matters && hasWorkWhenItStops(workload) ? note : undefined;
  if (preStop.outcome === 'not-run') return undefined;
  if (preStop.calls === 'unlikely') return matters && isOpaque(workload, input) ? note : undefined;
  if (preStop.outcome !== 'failed') return undefined;
  if (preStop.calls !== 'certain')
    return matters
      ? { severity: 'warning', depends: 'whether the preStop hook calls the API server, which no field shows' }
      : undefined;
  return workload ? { severity: 'error' } : { severity: 'warning', depends: 'whether its controller makes Pods with this hook' };
}

/**
 * Nobody raises the grace period of a Pod that has nothing to do when it stops; and some programs are told on their
 * command line to clean up then.
 */
function hasWorkWhenItStops(workload: Workload | undefined): boolean {
  if (workload === undefined || workload.object.kind === 'Job' || workload.object.kind === 'CronJob') return false;
  const grace = workload.podSpec.terminationGracePeriodSeconds;
  return (typeof grace === 'number' && grace > 60) || listOf(workload.podSpec.containers).some(isToldToCleanUp);
}

function isToldToCleanUp(container: unknown): boolean {
  const words = [...textsOf(fieldAt(container, 'command')), ...textsOf(fieldAt(container, 'args'))];
  const variables = listOf(fieldAt(container, 'env')).map(
    (variable) => `${textOf(fieldAt(variable, 'name'))}=${textOf(fieldAt(variable, 'value')) ?? ''}`,
  );
  return [...words, ...variables].some((word) => cleaningUp.test(word) && !/[=\s](false|0|no|off)?$/i.test(word));
}

const cleaningUp =
  /clean-?_?up|drain|(de|un)-?_?register|[-_]on[-_]?(exit|shutdown|termination|stop|delete)|_ON_(EXIT|SHUTDOWN|TERMINATION|STOP)/i;

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
    remedies: remediesFor(owners, input),
    explains: [
      ...ends('pod', owners),
      ...ends(
        'left',
        cases.map(({ pod }) => pod.pod),
      ),
    ],
  };
}

const titles: Record<Severity, (names: string) => string> = {
  error: (names) => `Permissions end before the Pods of ${names}: their preStop hooks fail`,
  warning: (names) => `Permissions end before the Pods of ${names}: their preStop hooks may fail`,
  note: (names) => `Permissions end before the Pods of ${names}, which are not known to need them while they stop`,
};

const consequences: Record<Severity, (cases: readonly Case[]) => string> = {
  error: (cases) =>
    `What these hooks should clean up stays behind, and only an Event FailedPreStopHook shows it. ${failing(cases)}`,
  warning: (cases) => `What these hooks clean up through the API would stay behind. ${failing(cases)}`,
  note: () =>
    'Nothing, as far as is known: these Pods call no API while they stop. If their program cleans up at SIGTERM, or a script of the image does in the preStop hook, the API server refuses its calls.',
};

function failing(cases: readonly Case[]): string {
  const [first] = cases;
  const message = first?.pod.preStop?.message;
  const at = Math.min(...cases.flatMap(({ pod }) => pod.lost.map((lost) => lost.at)));
  return `From ${seconds(at)} on, the API server refuses the calls of these Pods while they still run${message ? ` (${message})` : ''}.`;
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

function remediesFor(owners: readonly ObjectId[], input: RuleInput): ProposedRemedy[] {
  const them = agree(owners, 'it', 'them');
  return [
    {
      says: `Delete ${them} first, and wait until the Pods are gone.`,
      steps: bookendDelete('before', owners, input),
    },
    ...(input.helm
      ? [
          {
            says: 'Let the chart do that at each uninstall, with the library chart bookend-hook.',
            steps: [{ do: 'hook' as const, delete: deleteFirst(owners, true, input).targets }],
          },
        ]
      : []),
  ];
}
