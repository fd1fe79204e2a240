/**
 * What a Pod does before its containers are told to stop: which containers have a preStop hook, whether it is taken to
 * call the API server, which rights it then needs, and how long it takes. A handler of SIGTERM that calls the API
 * leaves no trace in a manifest; nothing is said of it here.
 */
import type { World } from '../graph/edge.ts';
import { fieldAt, listOf, textOf, textsOf } from '../objects/fields.ts';
import type { Confidence } from './confidence.ts';
import { kubectlCalls } from './kubectl-calls.ts';
import { changes, isHousekeeping, type Right } from './rights.ts';
import { scriptsOf } from './shell.ts';
import { hasToken } from './tokens.ts';

export type PreStopPlan = {
  containers: string[];
  calls: Confidence | 'unlikely';
  /** Until it makes its call, in ms. */
  ms: number;
  /** `verb resource[.group] [namespace]`, as the simulated kubelet reads it. */
  needs: string[];
};

export type PreStopInput = {
  world: World;
  rightsOf(account: string): readonly Right[];
  /**
   * A resource as kubectl is told it (`node`, `deploy`, `widgets.example.com`) as `resource[.group]`; undefined for
   * what is not served.
   */
  resourceNamed(word: string): string | undefined;
};

/** Undefined when no container has a hook. */
export function preStopPlan(
  podSpec: Readonly<Record<string, unknown>>,
  namespace: string,
  account: string,
  { world, rightsOf, resourceNamed }: PreStopInput,
): PreStopPlan | undefined {
  // Of init containers only sidecars live until the Pod stops.
  const sidecars = listOf(podSpec.initContainers).filter((container) => fieldAt(container, 'restartPolicy') === 'Always');
  const hooks = [...listOf(podSpec.containers), ...sidecars].flatMap((container) => {
    const hook = fieldAt(container, 'lifecycle', 'preStop');
    return hook === undefined || hook === null ? [] : [{ container, hook }];
  });
  if (hooks.length === 0) return undefined;
  const rights = hasToken(podSpec, namespace, account, world) ? rightsOf(`${namespace}/${account}`) : [];
  const read = hooks.map(({ container, hook }) => {
    const texts = textsOfHook(podSpec, container, hook, namespace, world);
    const isOther = rights.length === 0 || hasOtherCredentials(container, texts);
    return { calls: isOther ? ('unlikely' as const) : callsOf(hook, texts), texts, ms: durationOf(hook, texts) };
  });
  const surest = order.find((calls) => read.some((each) => each.calls === calls)) ?? 'unlikely';
  const needed = read.filter(({ calls }) => calls === surest && calls !== 'unlikely').flatMap(({ texts }) => texts);
  return {
    containers: hooks.map(({ container }) => textOf(fieldAt(container, 'name')) ?? ''),
    calls: surest,
    ms: Math.max(...read.map(({ ms }) => ms)),
    needs: surest === 'unlikely' ? [] : needsOf(needed, rights, namespace, resourceNamed),
  };
}

const order = ['certain', 'likely', 'possible'] as const;

/** The hook's command and the scripts of ConfigMaps that it names. */
function textsOfHook(
  podSpec: Readonly<Record<string, unknown>>,
  container: unknown,
  hook: unknown,
  namespace: string,
  world: World,
): string[] {
  const command = textsOf(fieldAt(hook, 'exec', 'command'));
  if (command.length === 0) return [];
  const alone = { ...podSpec, initContainers: [], containers: [{ image: fieldAt(container, 'image'), command }] };
  return scriptsOf(alone, 'spec', namespace, world).map(({ text }) => text);
}

function callsOf(hook: unknown, texts: readonly string[]): PreStopPlan['calls'] {
  if (texts.some((text) => callsTheApi.test(text))) return 'certain';
  // Whatever the container does when its own address is asked.
  if (fieldAt(hook, 'httpGet') !== undefined) return 'possible';
  if (texts.length === 0 || texts.every(isIdle)) return 'unlikely';
  return 'likely';
}

/** It calls the API with a kubeconfig or a token of its own: the rights of the Pod's account are nothing to it. */
function hasOtherCredentials(container: unknown, texts: readonly string[]): boolean {
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => callsTheApi.test(line));
  if (lines.length === 0 || texts.some((text) => text.includes('/var/run/secrets/kubernetes.io/serviceaccount'))) return false;
  const isSet = listOf(fieldAt(container, 'env')).some((each) => fieldAt(each, 'name') === 'KUBECONFIG');
  const isExported = texts.some((text) => /^\s*(export\s+)?KUBECONFIG=|[;&]\s*(export\s+)?KUBECONFIG=/m.test(text));
  return lines.every((line) => /\bkubectl\b/.test(line) && (isSet || isExported || ownCredentials.test(line)));
}

const ownCredentials = /\s--(kubeconfig|token|client-certificate|username|user|context)[= ]/;

const callsTheApi =
  /\bkubectl\b|\boc\s+(get|delete|patch|label|annotate)\b|kubernetes\.default|KUBERNETES_SERVICE_HOST|serviceaccount\/token|\/apis?\/v1\//;

/** Commands that only pass time, signal the process, or speak to a program of the same container. */
function isIdle(text: string): boolean {
  const commands = text.split(/&&|\|\||[;|\n]/).map((part) => part.trim().replace(/^(then|do|else|if|while|until|!)\s+/, ''));
  return commands.every((command) => idle.test(command));
}

const idle =
  /^$|^(done|fi|then|do|exit\b.*|set\b.*|true|:|\[.*|\w+=.*)$|^(\/\S+\/)?(sleep|kill|killall|pkill|echo|printf|test|touch|rm|cat|sync|wait|date|nginx|apachectl|httpd|haproxy|redis-cli|rabbitmqctl|pg_ctl|mysqladmin|nodetool|envoy|pgrep|ps)\b/;

/** A native sleep, the `sleep`s of a script, and something for the work between them. */
function durationOf(hook: unknown, texts: readonly string[]): number {
  const native = fieldAt(hook, 'sleep', 'seconds');
  if (typeof native === 'number') return native * 1000;
  const sleeps = texts.flatMap((text) => [...text.matchAll(/\bsleep\s+(\d+(?:\.\d+)?)([smh]?)\b/g)]);
  const slept = sleeps.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (unit === 'm' ? 60 : unit === 'h' ? 3_600 : 1),
    0,
  );
  const works = fieldAt(hook, 'httpGet') !== undefined || !texts.every(isIdle);
  return slept * 1000 + (works ? workMs : 0);
}

/** What a hook takes for its work, when nothing says it. */
const workMs = 1_000;

/**
 * The rights that the readable kubectl calls take; where none is readable, one of each binding, since each of them is
 * given for something.
 */
function needsOf(
  texts: readonly string[],
  rights: readonly Right[],
  namespace: string,
  resourceNamed: PreStopInput['resourceNamed'],
): string[] {
  const read = texts.flatMap(kubectlCalls).flatMap((call) => {
    const verb = verbs[call.verb];
    if (verb === undefined || call.mayFail) return [];
    const place = call.namespace === '*' ? '' : call.namespace === '?' ? undefined : ` ${call.namespace ?? namespace}`;
    return call.types.flatMap((type) => {
      const resource = resourceNamed(type);
      return resource === undefined || place === undefined ? [] : [`${verb} ${resource}${place}`];
    });
  });
  if (read.length > 0) return [...new Set(read)];
  const unnamed = rights.filter(({ resourceNames, resources }) => resourceNames.length === 0 && resources.length > 0);
  const changing = unnamed.filter((right) => changes(right) && !isHousekeeping(right));
  const byBinding = Map.groupBy(changing.length > 0 ? changing : unnamed, ({ binding }) => binding);
  return [...byBinding.values()].flatMap(([right]) => (right ? [needOf(right)] : []));
}

const verbs: Record<string, string> = {
  get: 'get',
  describe: 'get',
  delete: 'delete',
  patch: 'patch',
  label: 'patch',
  annotate: 'patch',
  taint: 'patch',
  cordon: 'patch',
  uncordon: 'patch',
  drain: 'patch',
  scale: 'patch',
};

function needOf({ verbs: allowed, apiGroups, resources, namespace }: Right): string {
  const verb =
    ['patch', 'update', 'delete', 'create'].find((each) => allowed.includes(each) || allowed.includes('*')) ??
    allowed[0] ??
    'get';
  const resource = resources[0] === '*' ? 'nodes' : (resources[0] ?? 'pods');
  const group = apiGroups[0] === '*' ? '' : (apiGroups[0] ?? '');
  return `${verb} ${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? '' : ` ${namespace}`}`;
}
