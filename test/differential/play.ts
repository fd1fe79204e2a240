/** Plays a scenario on a cluster and tells what came of it, in a form in which two clusters can be compared. */

import type { Cluster, DeleteOptions } from '../../src/cluster/port.ts';
import { BookendError } from '../../src/errors.ts';
import { fieldAt, listOf, textOf } from '../../src/objects/fields.ts';
import { refOf } from '../../src/objects/identity.ts';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Ref, Scenario, Step } from './scenario.ts';
import type { Subject } from './subject.ts';
import { type Happening, type Witness, witness } from './witness.ts';

export type Trace = {
  /** What each step was answered. */
  answers: Answer[];
  happenings: Happening[];
  /** `FailedPreStopHook Pod/agent-*` */
  events: string[];
};

export type Answer = { step: string; outcome: string; message?: string };

/** After the last step so long is waited for what may still happen, in ms. */
const lastLookMs = 1_500;

export async function play(scenario: Scenario, namespace: string, subject: Subject): Promise<Trace> {
  const { cluster } = subject;
  const uids = new Map<string, string>();
  await prepare(scenario, namespace, subject, uids);
  const isOurs = ({ metadata }: KubernetesObject) =>
    metadata.namespace === undefined ? metadata.name.includes(namespace) : metadata.namespace === namespace;
  const seen = witness(cluster, isOurs);
  try {
    for (const kind of kindsIn(scenario)) seen.follow(kind, await homeOf(cluster, kind, namespace));
    await subject.until('the watches have begun', () => seen.synced());
    await subject.pass(100);
    const answers: Answer[] = [];
    for (const step of scenario.steps) answers.push(await take(step, namespace, subject, uids, seen));
    await subject.pass(lastLookMs);
    return { answers, happenings: seen.happenings(), events: await eventsOf(scenario, namespace, cluster) };
  } finally {
    seen.close();
  }
}

async function prepare(scenario: Scenario, namespace: string, subject: Subject, uids: Map<string, string>): Promise<void> {
  const { cluster } = subject;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', name: 'default', namespace };
  const bundle = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kube-root-ca.crt', namespace };
  await subject.until('the namespace is set up', async () => !!(await cluster.get(account)) && !!(await cluster.get(bundle)));
  for (const object of scenario.given ?? []) {
    const created = await cluster.create(withUids(object, uids));
    uids.set(`${object.kind}/${object.metadata.name}`, created.metadata.uid ?? '');
    if (object.kind === 'CustomResourceDefinition') await established(object, subject);
  }
  for (const object of scenario.given ?? [])
    await subject.until(`${object.kind} ${object.metadata.name} is ready`, async () => isReady(await cluster.get(refOf(object))));
}

async function established(object: KubernetesObject, { cluster, until }: Subject): Promise<void> {
  const version = listOf(fieldAt(object.spec, 'versions')).map((each) => textOf(fieldAt(each, 'name')))[0];
  await until(`${object.metadata.name} is established`, async () => {
    const conditions = listOf(fieldAt((await cluster.get(refOf(object)))?.status, 'conditions'));
    if (!conditions.some((each) => fieldAt(each, 'type') === 'Established' && fieldAt(each, 'status') === 'True')) return false;
    const kind = {
      apiVersion: `${String(fieldAt(object.spec, 'group'))}/${version}`,
      kind: String(fieldAt(object.spec, 'names', 'kind')),
    };
    if (!(await cluster.kind(kind.apiVersion, kind.kind))) return false;
    return await cluster.list(kind).then(
      () => true,
      () => false,
    );
  });
}

async function take(step: Step, namespace: string, subject: Subject, uids: Map<string, string>, seen: Witness): Promise<Answer> {
  const cluster = 'as' in step && step.as !== undefined ? subject.cluster.as({ user: step.as }) : subject.cluster;
  try {
    return await attempt(step, namespace, { ...subject, cluster }, uids, seen);
  } catch (error) {
    if (!(error instanceof BookendError)) throw error;
    const { status, reason } = error.details;
    return { step: describe(step), outcome: `refused ${status} ${reason ?? ''}`, message: error.message };
  }
}

async function attempt(
  step: Step,
  namespace: string,
  subject: Subject,
  uids: Map<string, string>,
  seen: Witness,
): Promise<Answer> {
  const { cluster } = subject;
  const answer = (outcome: string): Answer => ({ step: describe(step), outcome });
  if ('create' in step) {
    const { kind, metadata, apiVersion } = step.create;
    const created = await cluster.create(withUids(step.create, uids));
    uids.set(`${kind}/${metadata.name}`, created.metadata.uid ?? '');
    if (kind === 'CustomResourceDefinition') {
      await established(step.create, subject);
      seen.follow({ apiVersion: `${String(fieldAt(step.create.spec, 'group'))}/v1`, kind: 'Widget' }, namespace);
    }
    void apiVersion;
    return answer('created');
  }
  if ('delete' in step) {
    const { delete: target, as: _, ...options } = step;
    return answer(await cluster.delete(target, withUids(options as DeleteOptions & Record<string, unknown>, uids)));
  }
  if ('merge' in step) {
    const options = step.subresource === undefined ? {} : { subresource: step.subresource };
    await cluster.patch(step.merge, { type: 'merge', value: withUids(step.with, uids) }, options);
    return answer('patched');
  }
  if ('json' in step) {
    await cluster.patch(step.json, { type: 'json', operations: step.operations });
    return answer('patched');
  }
  if ('until' in step) {
    await subject.until(`${describe(step)}`, async () => stands(await asked(cluster, step.until), step.is));
    return answer(step.is);
  }
  if ('deletePodsOf' in step) {
    const query = { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${step.deletePodsOf}` };
    const options = step.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: step.gracePeriodSeconds };
    const { items } = await cluster.list(query);
    const results = await Promise.all(
      items.map(({ metadata }) => cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: metadata.name }, options)),
    );
    return answer(results.sort().join(', '));
  }
  if ('untilPodsOf' in step) {
    const query = { apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: `app=${step.untilPodsOf}` };
    await subject.until(describe(step), async () => {
      const { items } = await cluster.list(query);
      return items.length === step.are && items.every((each) => each.metadata.deletionTimestamp === undefined && isReady(each));
    });
    return answer('ready');
  }
  if ('untilEnded' in step) {
    await subject.until(describe(step), async () => {
      const pod = await cluster.get(step.untilEnded);
      return ['Succeeded', 'Failed'].includes(String(fieldAt(pod?.status, 'phase')));
    });
    return answer('ended');
  }
  if ('untilNone' in step) {
    await subject.until(describe(step), async () => (await cluster.list({ ...step.untilNone, namespace })).items.length === 0);
    return answer('none');
  }
  if ('read' in step) {
    // A condition is told some time after what it tells of.
    const [, list] = step.path;
    const isTold = async () => listOf(valueAt(await cluster.get(step.read), step.path)).some((part) => part !== undefined);
    if (list === 'conditions') await subject.until(describe(step), isTold);
    const value = valueAt(await cluster.get(step.read), step.path);
    const shown = Array.isArray(value)
      ? value.map((each) => (typeof each === 'string' ? each : JSON.stringify(each))).sort()
      : value;
    return answer(hideUids(JSON.stringify(shown ?? null), uids));
  }
  if ('readEnds' in step) return answer(endsOf(await cluster.get(step.readEnds)));
  if ('ask' in step) return answer((await cluster.get(step.ask)) ? 'there' : 'absent');
  await subject.pass(step.pass);
  return answer('passed');
}

function endsOf(pod: KubernetesObject | undefined): string {
  const ended = ['containerStatuses', 'initContainerStatuses']
    .flatMap((list) => listOf(fieldAt(pod?.status, list)))
    .map((each) => ({
      name: textOf(fieldAt(each, 'name')),
      at: textOf(fieldAt(each, 'state', 'terminated', 'finishedAt')) ?? '',
    }));
  return ended
    .sort((one, other) => (one.at < other.at ? -1 : 1))
    .map(({ name, at }) => (at === '' ? `${name} runs` : name))
    .join(', ');
}

/** The field; of conditions, the one of the type that comes next in the path. */
function valueAt(object: KubernetesObject | undefined, path: string[]): unknown {
  const [field, list, type] = path;
  if (list !== 'conditions') return fieldAt(object, ...path);
  const condition = listOf(fieldAt(object, field ?? '', list)).find((each) => fieldAt(each, 'type') === type);
  return ['status', 'reason', 'message'].map((part) => fieldAt(condition, part));
}

/** A kind that is gone takes its objects along. */
async function asked(cluster: Cluster, ref: Ref): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.get(ref);
  } catch (error) {
    if (error instanceof BookendError && error.code === 'not-found') return undefined;
    throw error;
  }
}

function stands(object: KubernetesObject | undefined, is: 'gone' | 'there' | 'terminating' | 'ready'): boolean {
  if (is === 'gone') return object === undefined;
  if (is === 'there') return object !== undefined;
  if (is === 'terminating') return object?.metadata.deletionTimestamp !== undefined;
  return object !== undefined && isReady(object);
}

/** Workloads have their Pods running and ready; everything else just is. */
function isReady(object: KubernetesObject | undefined): boolean {
  if (object === undefined) return false;
  const at = (...path: string[]) => fieldAt(object, ...path);
  const isCurrent = at('status', 'observedGeneration') === object.metadata.generation;
  switch (object.kind) {
    case 'Pod':
      if (['Succeeded', 'Failed'].includes(String(at('status', 'phase')))) return true;
      return listOf(at('status', 'conditions')).some(
        (each) => fieldAt(each, 'type') === 'Ready' && fieldAt(each, 'status') === 'True',
      );
    case 'DaemonSet':
      return (
        isCurrent &&
        Number(at('status', 'desiredNumberScheduled')) > 0 &&
        at('status', 'numberAvailable') === at('status', 'desiredNumberScheduled')
      );
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
      return isCurrent && (at('status', 'availableReplicas') ?? 0) === (at('spec', 'replicas') ?? 1);
    case 'Job':
      return (at('status', 'ready') ?? 0) === 1 || at('status', 'conditions') !== undefined;
    default:
      return true;
  }
}

/** The kinds to watch: those that are asked for, and those that objects and steps name. */
function kindsIn({ given = [], steps, watch = [] }: Scenario): Pick<Ref, 'apiVersion' | 'kind'>[] {
  const targets = steps.flatMap((step): Pick<Ref, 'apiVersion' | 'kind'>[] =>
    'delete' in step ? [step.delete] : 'merge' in step ? [step.merge] : 'create' in step ? [step.create] : [],
  );
  const found = new Map<string, Pick<Ref, 'apiVersion' | 'kind'>>();
  const defined = new Set([...given, ...targets].map(({ kind }) => kind));
  for (const { apiVersion, kind } of [...given, ...targets, ...watch])
    if (!quiet.has(kind) && (kind !== 'Widget' || given.some((each) => each.kind === 'CustomResourceDefinition')))
      found.set(kind, { apiVersion, kind });
  if (workloads.some((kind) => defined.has(kind))) found.set('Pod', { apiVersion: 'v1', kind: 'Pod' });
  if (defined.has('Deployment')) found.set('ReplicaSet', { apiVersion: 'apps/v1', kind: 'ReplicaSet' });
  if (defined.has('CustomResourceDefinition') && given.some((each) => each.kind === 'CustomResourceDefinition')) {
    const [definition] = given.filter((each) => each.kind === 'CustomResourceDefinition');
    const version = textOf(fieldAt(listOf(fieldAt(definition?.spec, 'versions'))[0], 'name'));
    found.set('Widget', { apiVersion: `${String(fieldAt(definition?.spec, 'group'))}/${version}`, kind: 'Widget' });
  }
  return [...found.values()];
}

const workloads = ['Deployment', 'DaemonSet', 'StatefulSet', 'ReplicaSet', 'Job'];
/** Of no interest in any scenario, and much changed. */
const quiet = new Set(['Event', 'Service', 'Secret']);

async function homeOf(cluster: Cluster, { apiVersion, kind }: Pick<Ref, 'apiVersion' | 'kind'>, namespace: string) {
  return (await cluster.kind(apiVersion, kind))?.namespaced === false ? undefined : namespace;
}

async function eventsOf({ events = [] }: Scenario, namespace: string, cluster: Cluster): Promise<string[]> {
  if (events.length === 0) return [];
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace });
  const found = items
    .filter(({ reason }) => events.includes(textOf(reason) ?? ''))
    .map(
      (event) =>
        `${textOf(event.reason)} ${String(fieldAt(event, 'involvedObject', 'kind'))}/${String(fieldAt(event, 'involvedObject', 'name')).replace(/-[a-z0-9]{5}$/, '-*')}`,
    );
  return [...new Set(found)].sort();
}

/** `UID of Kind/name` becomes the UID. */
function withUids<T extends object>(value: T, uids: ReadonlyMap<string, string>): T {
  return JSON.parse(JSON.stringify(value).replaceAll(/UID of ([\w/.-]+)/g, (text, id: string) => uids.get(id) ?? text)) as T;
}

function hideUids(text: string, uids: ReadonlyMap<string, string>): string {
  let result = text;
  for (const [id, uid] of uids) result = result.replaceAll(uid, `UID of ${id}`);
  return result;
}

function describe(step: Step): string {
  const of = ({ kind, name }: Pick<Ref, 'kind' | 'name'>) => `${kind}/${name}`;
  if ('create' in step) return `create ${of({ kind: step.create.kind, name: step.create.metadata.name })}`;
  if ('delete' in step) return `delete ${of(step.delete)}${step.propagation ? ` (${step.propagation})` : ''}`;
  if ('merge' in step) return `patch ${of(step.merge)}`;
  if ('json' in step) return `patch ${of(step.json)}`;
  if ('until' in step) return `until ${of(step.until)} is ${step.is}`;
  if ('untilEnded' in step) return `until ${of(step.untilEnded)} has ended`;
  if ('untilNone' in step) return `until there is no ${step.untilNone.kind}`;
  if ('untilPodsOf' in step) return `until ${step.are} Pods of ${step.untilPodsOf} are ready and none stops`;
  if ('deletePodsOf' in step) return `delete the Pods of ${step.deletePodsOf}`;
  if ('read' in step) return `read ${step.path.join('.')} of ${of(step.read)}`;
  if ('readEnds' in step) return `read the ends of the containers of ${of(step.readEnds)}`;
  if ('ask' in step) return `ask for ${of(step.ask)}`;
  return `let ${step.pass} ms pass`;
}
