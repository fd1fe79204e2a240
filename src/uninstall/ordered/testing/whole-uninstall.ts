/**
 * A whole uninstall on the simulated cluster, as a process that can die at any write and is started again: its turn,
 * the kept order, hooks, teardown, history. While it runs and when it is over, everything is asserted that must always
 * hold.
 */
import assert from 'node:assert/strict';
import type { Cluster } from '../../../cluster/port.ts';
import {
  annotations,
  type Connection,
  makeSimulatedCluster,
  type Request,
  type SimulatedCluster,
  servesFinalizer,
  type User,
} from '../../../cluster/simulated/index.ts';
import { BookendError, isCode } from '../../../errors.ts';
import { idOf, refOf } from '../../../objects/identity.ts';
import type { KubernetesObject, ObjectRef } from '../../../objects/object.ts';
import type { Given, Subject } from '../../../reading/subject.ts';
import { defaultPolicy } from '../../../teardown/policy.ts';
import { arm, type CrashPoint, type RunResult } from '../../../teardown/testing/crash-points.ts';
import { assertOrder } from '../../../teardown/testing/teardown-run.ts';
import type { Choices } from '../choices.ts';
import type { History } from '../history.ts';
import { keptProgress } from '../kept-progress.ts';
import { namespaceNow } from '../namespace-content.ts';
import { leaseOf, progressRef, recordOfFiles, recordOfNamespace, recordOfRelease, type UninstallRecord } from '../record.ts';
import { takeTurn } from '../turn.ts';
import { type LookOptions, uninstallInOrder } from '../uninstall.ts';

export const space = 'shop';
const name = 'agent';

export type UninstallScenario = {
  name: string;
  /**
   * `files`: the chart was applied, and its manifests are named. `namespace`: the namespace goes, with the chart in it.
   */
  form?: 'release' | 'files' | 'namespace';
  /** Hooks are stored with the release and not created. */
  chart: readonly KubernetesObject[];
  /** What others have: it stays, unless `choices` says otherwise. */
  foreign?: readonly KubernetesObject[];
  choices?: Partial<Choices>;
  /** Of files: what another uninstall names, which somebody else starts at the same time, until it is done. */
  rival?: readonly KubernetesObject[];
  /** Operators of the chart. */
  beside?(simulated: SimulatedCluster): void;
  /** `[dependent, dependency]`, as beginnings of identities. */
  order?: [dependent: string, dependency: string][];
  /** Identities of what stays. */
  stays?: string[];
  /** Jobs that run to their end, once at least, in this order; with when the teardown must be relative to them. */
  hooks?: { before: string[]; after: string[] };
};

const bookend: User = { name: 'bookend', groups: ['system:masters', 'system:authenticated'] };
/** The Lease is renewed by time: these writes are not counted, so that points stay comparable. */
const isItsWrite = ({ user, ref }: Request) => user === bookend.name && ref.kind !== 'Lease';

const somebodyElse: User = { ...bookend, name: 'somebody else' };

const stored: ObjectRef = { apiVersion: 'v1', kind: 'Secret', namespace: space, name: `sh.helm.release.v1.${name}.v1` };

/** Runs it once, with a fault at `point`. */
export async function runUninstall(scenario: UninstallScenario, seed: number, point?: CrashPoint): Promise<RunResult> {
  const simulated = makeSimulatedCluster({ seed });
  await prepare(simulated, scenario);
  const systems = new Set(scenario.foreign?.map(idOf));
  simulated.log.length = 0;
  simulated.clearRequests();
  let process: Process | undefined;
  const rival = scenario.rival && keepTrying(simulated, { ...scenario, chart: scenario.rival });
  const armed = arm(simulated, point, isItsWrite, () => process?.connection.kill());
  for (let start = 1; ; start++) {
    assert.ok(start < 60, 'it ends');
    process = begin(simulated, scenario, `nonce-of-${seed}-${start}`, `process ${start}`);
    const running = process;
    await simulated.until(() => running.over !== undefined || running.connection.killed, 600_000);
    if (running.over === true) break;
    // What the same command would be called again for: an API server that answered wrongly once.
    if (running.over && !isCode(running.over, 'unreachable', 'throttled', 'conflict')) throw running.over;
    running.connection.kill();
    await simulated.settle(300);
  }
  if (rival) await simulated.until(() => rival.over !== undefined, 600_000);
  if (rival?.over instanceof Error) throw rival.over;
  if (rival && point === undefined) assertOneAfterTheOther(simulated);
  await simulated.settle(5_000);
  const left = remains(simulated, scenario);
  assert.deepEqual(
    [...systems].filter(
      (id) => !left.includes(id) && !(scenario.choices?.customResources === 'delete' && id.startsWith('Widget')),
    ),
    [],
    'what others have is gone',
  );
  for (const [dependent, dependency] of scenario.order ?? []) assertOrder(simulated.log, dependent, dependency);
  assertHooks(simulated, scenario);
  const failed = simulated.log.filter(({ what }) => what === 'pre-stop-failed');
  assert.deepEqual(failed, [], 'no preStop hook fails');
  return { writes: armed.writes(), end: left };
}

type Process = { connection: Connection; over?: true | Error };

async function prepare(
  simulated: SimulatedCluster,
  { chart, foreign = [], beside, form = 'release' }: UninstallScenario,
): Promise<void> {
  const { cluster, settle } = simulated;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: space } });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  for (const object of [...chart.filter((each) => !isHook(each)), ...foreign]) {
    await cluster.create(object);
    if (object.kind === 'CustomResourceDefinition') await settle(200);
  }
  if (form === 'release') {
    const { apiVersion, kind, ...metadata } = stored;
    await cluster.create({
      apiVersion,
      kind,
      type: 'helm.sh/release.v1',
      metadata: { ...metadata, labels: { status: 'deployed' } },
    });
  }
  beside?.(simulated);
  await settle(3_000);
}

function isHook({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.['helm.sh/hook'] !== undefined;
}

function subjectOf({ chart }: UninstallScenario, around: readonly KubernetesObject[]): Subject {
  const given = (objects: readonly KubernetesObject[]): Given[] => objects.map((object) => ({ object }));
  return {
    ...{ from: 'release', name, namespace: space, crds: [] },
    objects: given(chart.filter((each) => !isHook(each))),
    hooks: given(chart.filter(isHook)),
    surroundings: { from: 'cluster', objects: around, notSeen: [] },
  };
}

/** Somebody who runs the same command again while it is refused. */
function keepTrying(simulated: SimulatedCluster, scenario: UninstallScenario): { over?: true | Error } {
  const rival: { over?: true | Error } = {};
  const start = (count: number): void => {
    const running = begin(simulated, scenario, `nonce-of-rival-${count}`, `rival ${count}`, somebodyElse);
    const look = (): void => {
      if (running.over === undefined) simulated.clock.after(100, look);
      else if (running.over !== true && isCode(running.over, 'conflict') && count < 60)
        simulated.clock.after(1_000, () => start(count + 1));
      else rival.over = running.over;
    };
    look();
  };
  start(1);
  return rival;
}

function begin(
  simulated: SimulatedCluster,
  scenario: UninstallScenario,
  nonce: string,
  identity: string,
  user: User = bookend,
): Process {
  const connection = simulated.connect(user);
  const process: Process = { connection };
  work(connection, scenario, nonce, identity).then(
    () => {
      process.over = true;
    },
    (error: unknown) => {
      process.over = error instanceof Error ? error : new Error(String(error));
    },
  );
  return process;
}

async function work({ cluster, clock }: Connection, scenario: UninstallScenario, nonce: string, identity: string): Promise<void> {
  const form = await forms[scenario.form ?? 'release'](cluster, scenario);
  // The same command says that there is nothing to uninstall.
  if (form === undefined) return;
  const { record, subject, history, ...more } = form;
  const turn = await takeTurn({ cluster, clock, record, identity, onNote: () => {} });
  const uninstall = uninstallInOrder<never>({
    context: {
      ...{ subject, cluster: turn.cluster, clock, startedAt: clock.now(), steps: [], waitsForEver: () => {} },
      scenario: { tool: 'bookend', wait: true, hooks: true, timeoutMs: 60_000, seed: 1 },
    },
    ...more,
    choices: { customResources: 'refuse', definitions: 'keep', ...scenario.choices },
    memory: keptProgress(turn.cluster, record),
    ...(history && { history: history(turn.cluster) }),
    nonce,
    policy: () => defaultPolicy,
    within: (part) => part,
    onDecision: () => undefined,
  });
  const end = await Promise.race([uninstall, turn.lost]);
  // As the person is told: the same command goes on.
  if (end.how === 'hook-failed') throw new BookendError('unreachable', end.message);
  assert.equal(end.how, 'done', JSON.stringify(end));
  await turn.end();
}

type Form = Pick<LookOptions, 'madeAgain' | 'readSubject'> & {
  record: UninstallRecord;
  subject: Subject;
  history?(cluster: Cluster): History;
};

/** What each form reads before it begins; undefined where nothing is left. */
const forms: Record<
  NonNullable<UninstallScenario['form']>,
  (cluster: Cluster, scenario: UninstallScenario) => Promise<Form | undefined>
> = {
  async release(cluster, scenario) {
    const storedNow = await cluster.get(stored);
    if (storedNow === undefined) return undefined;
    const storedIn = { ...stored, uid: storedNow.metadata.uid ?? '' };
    const history = (fenced: Cluster): History => ({
      async markUninstalling() {
        if (storedNow.metadata.labels?.status === 'uninstalling') return;
        await fenced.patch(stored, { type: 'merge', value: { metadata: { labels: { status: 'uninstalling' } } } });
      },
      async close() {
        await fenced.delete(storedIn, { uid: storedIn.uid });
      },
    });
    return { record: recordOfRelease({ name, namespace: space, storedIn }), subject: subjectOf(scenario, []), history };
  },
  async files(cluster, scenario) {
    const record = recordOfFiles(scenario.chart, 'default');
    const lives = async (ref: ObjectRef) => (await cluster.get(ref).catch(absent)) !== undefined;
    const refs = [...scenario.chart.map(refOf), leaseOf(record), progressRef(record)];
    if (!(await Promise.all(refs.map(lives))).includes(true)) return undefined;
    const subject: Subject = { ...subjectOf(scenario, []), from: 'files', name: 'agent.yaml' };
    return { record, subject, madeAgain: 'goes-at-start' };
  },
  async namespace(cluster, scenario) {
    const home = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: space });
    if (!home) return undefined;
    const first: Subject = { ...subjectOf(scenario, []), from: 'namespace', name: space, objects: [{ object: home }] };
    const readSubject = () => namespaceNow(cluster, first);
    return { record: recordOfNamespace(home, 'default'), subject: await readSubject(), madeAgain: 'goes', readSubject };
  },
};

/** A kind that is served no more has no objects. */
function absent(error: unknown): undefined {
  if (!isCode(error, 'not-found')) throw error;
}

/** Whoever begins ends before the other begins. */
function assertOneAfterTheOther({ requests }: SimulatedCluster): void {
  const people: (string | undefined)[] = [bookend.name, somebodyElse.name];
  const writers = requests.flatMap(({ user, write, ref }) =>
    write !== undefined && ref.kind !== 'Lease' && people.includes(user) ? [user] : [],
  );
  const turns = writers.filter((user, index) => user !== writers[index - 1]);
  assert.equal(turns.length, new Set(writers).size, `${turns.join(', then ')}`);
}

/** Each hook has run to its end, and the teardown went between those before and those after. */
function assertHooks({ log }: SimulatedCluster, { hooks }: UninstallScenario): void {
  if (!hooks) return;
  const first = log.findIndex(({ what, id }) => what === 'terminating' && !isOfHook(id, hooks));
  const last = log.findLastIndex(({ what, id }) => what === 'gone' && /^(DaemonSet|Deployment|ServiceAccount)/.test(id));
  const ended = (hook: string) => log.findIndex(({ what, id }) => what === 'stopped' && id.startsWith(`Pod/${space}/${hook}-`));
  const made = (hook: string) => log.findLastIndex(({ what, id }) => what === 'created' && id === `Job.batch/${space}/${hook}`);
  for (const hook of hooks.before) {
    assert.ok(ended(hook) >= 0, `hook ${hook} has ended`);
    assert.ok(first < 0 || made(hook) < first, `hook ${hook} does not run again after the first delete`);
  }
  for (const hook of hooks.after) assert.ok(ended(hook) > last, `hook ${hook} ran after everything was gone`);
}

function isOfHook(id: string, { before, after }: NonNullable<UninstallScenario['hooks']>): boolean {
  return [...before, ...after].some((hook) => id.includes(`/${hook}`));
}

/** Everything that exists, without what Kubernetes itself puts into each namespace. */
function remains({ server }: SimulatedCluster, { form }: UninstallScenario): string[] {
  return server.kinds
    .listable()
    .flatMap((kind) => (kind.kind === 'Event' ? [] : server.store.all(kind.key)))
    .filter(
      ({ metadata, kind }) =>
        metadata.namespace === space ||
        (metadata.namespace === 'other' && metadata.name !== 'kube-root-ca.crt') ||
        kind === 'CustomResourceDefinition' ||
        metadata.name === 'manager' ||
        (form === 'namespace' && metadata.name === space) ||
        metadata.name.startsWith('bookend.uninstall'),
    )
    .filter(({ metadata }) => metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
    .map((object) =>
      idOf(object)
        .replace(/^(Pod\/.*?)-[a-z0-9]{5}$/, '$1')
        .replace(/-[a-z0-9]{8,10}$/, ''),
    )
    .sort();
}

/** A Job that runs at an event of the uninstall. */
export function hookJob(job: string, event: string, policy: string | undefined, runMs = 400): KubernetesObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: job,
      namespace: space,
      annotations: { 'helm.sh/hook': event, ...(policy !== undefined && { 'helm.sh/hook-delete-policy': policy }) },
    },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations: { [annotations.runMs]: String(runMs) } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example.com/hook:1' }] },
      },
    },
  };
}

export function serveWidgets({ environment }: SimulatedCluster): void {
  servesFinalizer(environment, {
    ...{ apiVersion: 'example.com/v1', kind: 'Widget', finalizer: 'example.com/clean' },
    workload: { kind: 'Deployment', namespace: space, name: 'manager' },
  });
}
