import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import { idOfRef } from '../objects/identity.ts';
import type { ObjectRef } from '../objects/object.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import { blockedBy } from './blocker.ts';
import { type Action, decide } from './decide.ts';
import type { OnTimeout } from './policy.ts';
import type { Seen, SeenObject, SeenPod, SeenStep } from './seen.ts';

const startedAt = 1_000_000;
const minute = 60_000;
const timeoutMs = 10 * minute;

const ref = (apiVersion: string, kind: string, name: string): ObjectRef & { uid: string } => ({
  apiVersion,
  kind,
  namespace: 'a',
  name,
  uid: `${kind}-${name}`,
});
const agent = ref('apps/v1', 'DaemonSet', 'agent');
const account = ref('v1', 'ServiceAccount', 'agent');
const settings = ref('v1', 'ConfigMap', 'settings');
const widget = ref('example.dev/v1', 'Widget', 'w');
const single = ref('v1', 'Pod', 'single');

const step = (target: ObjectRef, more: Partial<PlanStep> = {}): PlanStep => ({
  id: idOfRef(target),
  ref: target,
  mode: 'delete',
  after: [],
  ...more,
});
const after = (target: ObjectRef, ...before: ObjectRef[]) => step(target, { after: before.map(idOfRef) });

const there = (target: ObjectRef & { uid: string }, more: Partial<SeenObject> = {}): SeenObject => ({
  ref: target,
  finalizers: [],
  ...more,
});
const pod = (name = 'p', more: Partial<SeenPod> = {}): SeenPod => ({
  ...there(ref('v1', 'Pod', name)),
  containers: [{ name: 'c', running: true, preStop: false }],
  ...more,
});
const stopping = (since: number, graceSeconds = 30) => ({ deletingSince: since, graceSeconds });
const thing = (more: Partial<SeenStep> = {}): SeenStep => ({ children: [], pods: [], confirmedGone: false, ...more });

const alive = (target: ObjectRef & { uid: string }): [ObjectRef, SeenStep] => [target, thing({ object: there(target) })];

type Look = {
  now?: number;
  onTimeout?: OnTimeout;
  isOnRecord?: boolean;
  synced?: boolean;
  unsyncedBecause?: string;
  lagging?: string;
};

function look(
  steps: PlanStep[],
  things: [ObjectRef, SeenStep][],
  { now = startedAt, onTimeout = 'Stop', isOnRecord = false, ...seen }: Look = {},
) {
  const all: Seen = { synced: true, ...seen, steps: new Map(things.map(([target, seenStep]) => [idOfRef(target), seenStep])) };
  const plan: Plan = { steps };
  const decision = decide(plan, all, { timeoutMs, onTimeout, isOnRecord }, startedAt, now);
  const stateOf = (target: ObjectRef) => decision.states.find((each) => each.id === idOfRef(target));
  const words = (target: ObjectRef) => stateOf(target)?.blocker?.text ?? '';
  return { ...decision, stateOf, words, what: decision.actions.map(describeAction) };
}

function describeAction(action: Action): string {
  if (action.type === 'confirm' || action.type === 'look') return `${action.type} ${action.step}`;
  const how =
    action.type === 'delete'
      ? ` ${action.propagation}`
      : action.type === 'remove-finalizers'
        ? ` ${action.finalizers.join(',')}`
        : '';
  return `${action.type} ${action.target.kind}/${action.target.name}${how}`;
}

describe('before anything is known', () => {
  test('nothing is done and nothing counts as gone until every watch has spoken', () => {
    const { actions, done, stateOf } = look([step(settings)], [[settings, thing()]], {
      synced: false,
      unsyncedBecause: 'the cluster is being read',
    });
    assert.deepEqual(actions, []);
    assert.equal(done, false);
    const blocker = blockedBy('ClusterNotRead', idOfRef(settings), 'the cluster is being read');
    assert.deepEqual(stateOf(settings), { id: idOfRef(settings), state: 'Waiting', blocker });
  });

  test('an empty plan is done at the first look', () => assert.equal(look([], []).done, true));
});

describe('order', () => {
  const steps = [step(agent), after(account, agent)];

  test('an object is deleted when it is its turn: workloads in the foreground, naming the UID', () => {
    const { actions, words } = look(steps, [alive(agent), alive(account)]);
    assert.deepEqual(actions, [{ type: 'delete', step: idOfRef(agent), target: agent, propagation: 'Foreground' }]);
    assert.equal(words(agent), 'DaemonSet a/agent: the API server has not accepted its deletion yet');
    assert.deepEqual(words(account), 'waits for DaemonSet a/agent');
  });

  test('a workload goes in the background if the order is on record', () => {
    assert.deepEqual(look(steps, [alive(agent), alive(account)], { isOnRecord: true }).what, [
      'delete DaemonSet/agent Background',
    ]);
  });

  test('plain objects, Pods and custom resources are deleted as kubectl does it', () => {
    for (const target of [settings, single, widget]) {
      const { what } = look([step(target)], [alive(target)]);
      assert.deepEqual(what, [`delete ${target.kind}/${target.name} Background`]);
    }
  });

  test('its Pods keep what it needs, even when the object itself is gone', () => {
    const { what, stateOf, words } = look(steps, [[agent, thing({ pods: [pod('p', stopping(startedAt))] })], alive(account)]);
    assert.deepEqual(what, []);
    assert.equal(stateOf(agent)?.state, 'Deleting');
    assert.equal(words(account), "waits for DaemonSet a/agent's Pods");
  });

  test('a workload of which nothing is seen is read once more before it counts as gone', () => {
    const nothing = look(steps, [alive(account)]);
    assert.deepEqual(nothing.what, [`confirm ${idOfRef(agent)}`]);
    assert.equal(nothing.stateOf(agent)?.state, 'Deleting');
    const confirmed = look(steps, [[agent, thing({ confirmedGone: true })], alive(account)]);
    assert.deepEqual(confirmed.what, ['delete ServiceAccount/agent Background']);
  });

  test('a plain object that is not seen is gone, unless the watch shows only what has our label', () => {
    assert.equal(look([step(settings)], [[settings, thing()]]).stateOf(settings)?.state, 'Gone');
    const doubtful = look([step(settings)], [[settings, thing({ doubtful: true })]]);
    assert.deepEqual(doubtful.what, [`confirm ${idOfRef(settings)}`]);
    assert.equal(look([step(settings)], [[settings, thing({ doubtful: true, confirmedGone: true })]]).done, true);
  });

  test('what was made out of a custom resource keeps what it needs', () => {
    const child = there(ref('apps/v1', 'DaemonSet', 'child'));
    const { words, what } = look(
      [step(widget), after(account, widget)],
      [[widget, thing({ children: [child] })], alive(account)],
    );
    assert.deepEqual(what, []);
    assert.equal(words(widget), 'DaemonSet a/child: the owner is gone, and the garbage collector has not deleted it yet');
    assert.equal(words(account), 'waits for Widget a/w, of which something is left');
  });

  test('what somebody else deleted before its turn is shown as it is, and its dependencies still wait', () => {
    const { stateOf, words, what } = look(
      [step(agent), after(account, agent), after(settings, account)],
      [
        [agent, thing({ object: there(agent, { deletingSince: startedAt }) })],
        [account, thing({ object: there(account, { deletingSince: startedAt, finalizers: ['x'] }) })],
        alive(settings),
      ],
    );
    assert.deepEqual(what, []);
    assert.equal(words(account), 'waits for DaemonSet a/agent (another client deleted it before its turn)');
    assert.equal(stateOf(settings)?.state, 'Waiting');
  });

  test('what is gone before its turn is gone', () => {
    assert.equal(look(steps, [alive(agent)]).stateOf(account)?.state, 'Gone');
  });

  test('what somebody else deleted early still holds its place: the plan leaves out waits that follow from others', () => {
    const binding = ref('rbac.authorization.k8s.io/v1', 'RoleBinding', 'agent');
    const { what, stateOf, words } = look(
      [step(agent), after(binding, agent), after(account, binding)],
      [[agent, thing({ pods: [pod('p', stopping(startedAt))] })], alive(account)],
    );
    assert.deepEqual(what, []);
    assert.equal(stateOf(binding)?.state, 'Gone');
    assert.equal(words(account), "waits for DaemonSet a/agent's Pods");
  });

  test('independent objects go side by side', () => {
    const { what } = look([step(settings), step(widget)], [alive(settings), alive(widget)]);
    assert.deepEqual(what, ['delete ConfigMap/settings Background', 'delete Widget/w Background']);
  });

  test('a wait for several names one and counts the others', () => {
    const { words } = look(
      [step(agent), step(widget), after(account, agent, widget)],
      [alive(agent), alive(widget), alive(account)],
    );
    assert.equal(words(account), 'waits for DaemonSet a/agent and 1 more');
  });

  test('while a watch is broken every sentence says that it is about the past', () => {
    const { words } = look([step(agent)], [[agent, thing({ object: there(agent, { deletingSince: startedAt }) })]], {
      lagging: 'connection refused',
    });
    assert.equal(words(agent), 'DaemonSet a/agent is being deleted (as last seen; the watch is broken: connection refused)');
  });
});

describe('barriers', () => {
  const barrier = ref('bookend.dev/v1alpha1', 'Component', 'front');
  const steps = [step(agent), step(barrier, { mode: 'barrier', after: [idOfRef(agent)] }), after(account, barrier)];

  test('hold back what is behind them until all before them is gone', () => {
    const held = look(steps, [[agent, thing({ pods: [pod('p', stopping(startedAt))] })], alive(account)]);
    assert.deepEqual(held.what, []);
    assert.match(held.words(barrier), /^waits for DaemonSet a\/agent/);
    const open = look(steps, [[agent, thing({ confirmedGone: true })], alive(account)]);
    assert.equal(open.stateOf(barrier)?.state, 'Gone');
    assert.deepEqual(open.what, ['delete ServiceAccount/agent Background']);
  });
});

describe('what is kept', () => {
  test('is never touched, is listed with the reason and holds nothing up', () => {
    const { states, what, done } = look(
      [step(settings, { mode: 'keep', reason: 'annotation bookend.dev/keep' })],
      [alive(settings)],
    );
    assert.deepEqual(states, [
      { id: idOfRef(settings), state: 'Kept', blocker: blockedBy('Kept', idOfRef(settings), 'annotation bookend.dev/keep') },
    ]);
    assert.deepEqual(what, []);
    assert.equal(done, true);
  });
});

describe("somebody else's user of an object of ours", () => {
  const steps = [step(single, { mode: 'await', reason: 'uses ServiceAccount a/agent' }), after(account, single)];
  const waiting: [ObjectRef, SeenStep][] = [[single, thing({ object: there(single), pods: [pod('single')] })], alive(account)];

  test('is waited for and never touched', () => {
    const { what, stateOf } = look(steps, waiting, { now: startedAt + minute });
    assert.deepEqual(what, []);
    assert.deepEqual(stateOf(single), {
      id: idOfRef(single),
      state: 'Waiting',
      blocker: blockedBy('ForeignDependent', idOfRef(single), 'Pod a/single uses ServiceAccount a/agent, and is not part of it'),
    });
  });

  test('counts as gone as soon as it is not seen any more, or has ended for good', () => {
    assert.equal(look(steps, [waiting[1] ?? [account, thing()]]).stateOf(single)?.state, 'Gone');
    const ended = thing({ object: there(single), pods: [pod('single', { ended: true })] });
    assert.equal(look(steps, [[single, ended]]).stateOf(single)?.state, 'Gone');
    const ending = thing({ object: there(single), pods: [pod('single', { ended: true, ...stopping(startedAt) })] });
    assert.equal(look(steps, [[single, ending]]).stateOf(single)?.state, 'Waiting');
  });

  test('past the time it blocks with Stop, and is passed over, not deleted, with Continue and with Force', () => {
    const late = { now: startedAt + timeoutMs };
    assert.equal(look(steps, waiting, late).stateOf(single)?.state, 'Blocked');
    for (const onTimeout of ['Continue', 'Force'] as const) {
      const { stateOf, what } = look(steps, waiting, { ...late, onTimeout });
      assert.equal(stateOf(single)?.state, 'Passed');
      assert.deepEqual(what, ['delete ServiceAccount/agent Background']);
    }
  });
});

describe('orphans', () => {
  test('a pending orphan deletion of a workload or custom resource is rewritten', () => {
    const orphaning = { deletingSince: startedAt, finalizers: ['orphan'] };
    assert.deepEqual(look([step(agent)], [[agent, thing({ object: there(agent, orphaning) })]]).what, [
      'delete DaemonSet/agent Foreground',
    ]);
    assert.deepEqual(look([step(widget)], [[widget, thing({ object: there(widget, orphaning) })]]).what, [
      'delete Widget/w Background',
    ]);
    assert.deepEqual(look([step(settings)], [[settings, thing({ object: there(settings, orphaning) })]]).what, []);
  });

  test('a pending orphan deletion is left alone before its turn: it lets the Pods live', () => {
    const orphaning = there(agent, { deletingSince: startedAt, finalizers: ['orphan'] });
    const { what } = look(
      [step(widget), after(agent, widget)],
      [
        [widget, thing({ object: there(widget, { deletingSince: startedAt }) })],
        [agent, thing({ object: orphaning })],
      ],
    );
    assert.deepEqual(what, []);
  });

  test('Pods and ReplicaSets that nobody owns any more are deleted, those with an owner are left to the garbage collector', () => {
    const replicaSet = there(ref('apps/v1', 'ReplicaSet', 'r'), { ownerless: true });
    const pods = [pod('orphan', { ownerless: true }), pod('owned'), pod('going', { ownerless: true, ...stopping(startedAt) })];
    const { what, words } = look([step(agent)], [[agent, thing({ children: [replicaSet], pods })]]);
    assert.deepEqual(what, ['delete ReplicaSet/r Foreground', 'delete Pod/orphan Background']);
    assert.match(words(agent), /^Pod a\/orphan runs, and nobody has deleted it yet/);
  });

  test('a Pod that may come from the step is waited for with words, and neither deleted nor taken for nothing', () => {
    const stray = pod('web-5d8-x');
    const left = look(
      [step(agent), after(account, agent)],
      [[agent, thing({ strays: [stray], confirmedGone: true })], alive(account)],
    );
    assert.deepEqual(left.what, []);
    assert.match(left.words(agent), /^Pod a\/web-5d8-x may belong to it: its owner is gone, and was never seen/);
    assert.match(left.words(account), /waits for DaemonSet a\/agent's Pods/);
    const held = pod('web-5d8-x', { ...stopping(startedAt), finalizers: ['example.dev/hold'] });
    const stuck = look([step(agent)], [[agent, thing({ strays: [held, stray] })]]);
    assert.match(
      stuck.words(agent),
      /and 1 more Pod.*finalizer example.dev\/hold keeps it: the controller that set it must remove it/,
    );
    const over = look([step(agent)], [[agent, thing({ strays: [held] })]], { now: startedAt + timeoutMs });
    assert.equal(over.stateOf(agent)?.state, 'Blocked');
    assert.deepEqual(over.what, []);
  });

  test('nothing is deleted as an orphan while its workload exists', () => {
    const object = there(agent, { deletingSince: startedAt, finalizers: ['foregroundDeletion'] });
    assert.deepEqual(look([step(agent)], [[agent, thing({ object, pods: [pod('p', { ownerless: true })] })]]).what, []);
  });
});

describe('custom resources that come after the plan was made', () => {
  const crd = ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.dev');
  const steps = [step(crd, { defines: { apiVersion: 'example.dev/v1', kind: 'Widget' } })];

  test('go before their CustomResourceDefinition', () => {
    const { what, words } = look(steps, [[crd, thing({ object: there(crd), children: [there(widget)] })]]);
    assert.deepEqual(what, ['delete Widget/w Background']);
    assert.equal(words(crd), 'Widget a/w was created after the teardown started, and goes before its CustomResourceDefinition');
  });

  test('are waited for while they are being deleted', () => {
    const going = there(widget, { deletingSince: startedAt });
    assert.deepEqual(look(steps, [[crd, thing({ object: there(crd), children: [going] })]]).what, []);
  });
});

describe('when the time is over', () => {
  const late = startedAt + timeoutMs;
  const steps = [step(agent), after(account, agent)];
  const stuck = (more: Partial<SeenStep>): [ObjectRef, SeenStep][] => [[agent, thing(more)], alive(account)];
  const terminating = there(agent, { deletingSince: startedAt, finalizers: ['foregroundDeletion', 'example.dev/x'] });

  test('nothing changes a moment before', () => {
    for (const onTimeout of ['Stop', 'Continue', 'Force'] as const) {
      const { what, stateOf } = look(steps, stuck({ object: terminating }), { now: late - 1, onTimeout });
      assert.deepEqual(what, []);
      assert.equal(stateOf(agent)?.state, 'Deleting');
    }
  });

  test('Stop says so and waits on', () => {
    const { what, stateOf } = look(steps, stuck({ object: terminating }), { now: late });
    assert.deepEqual(what, []);
    assert.deepEqual(stateOf(agent), {
      id: idOfRef(agent),
      state: 'Blocked',
      since: startedAt,
      blocker: blockedBy(
        'FinalizerRemains',
        idOfRef(agent),
        'finalizer example.dev/x on DaemonSet a/agent: the controller that set it must remove it',
        startedAt,
      ),
    });
    assert.equal(stateOf(account)?.state, 'Waiting');
  });

  test('Continue passes it over and goes on', () => {
    const { what, stateOf, words, done } = look(steps, stuck({ object: terminating }), { now: late, onTimeout: 'Continue' });
    assert.equal(stateOf(agent)?.state, 'Passed');
    assert.ok(words(agent));
    assert.deepEqual(what, ['delete ServiceAccount/agent Background']);
    assert.equal(done, false);
    const rest = look(steps, [[agent, thing({ object: terminating })]], { now: late, onTimeout: 'Continue' });
    assert.equal(rest.done, true);
  });

  test('Force deletes Pods with grace 0 first', () => {
    const pods = [pod('p', stopping(startedAt)), pod('killed', stopping(startedAt, 0))];
    const { what, stateOf } = look(steps, stuck({ object: terminating, pods }), { now: late, onTimeout: 'Force' });
    assert.deepEqual(what, ['force-delete Pod/p']);
    assert.equal(stateOf(agent)?.state, 'Blocked');
  });

  test('then it takes finalizers off the Pods that are left', () => {
    const pods = [pod('p', { ...stopping(startedAt, 0), finalizers: ['example.dev/pod'] })];
    const { what } = look(steps, stuck({ object: terminating, pods }), { now: late, onTimeout: 'Force' });
    assert.deepEqual(what, ['remove-finalizers Pod/p example.dev/pod']);
  });

  test('then off children and the object, never from what nobody deleted', () => {
    const child = there(ref('example.dev/v1', 'Part', 'c'), { deletingSince: startedAt, finalizers: ['example.dev/c'] });
    const living = there(ref('example.dev/v1', 'Part', 'd'), { finalizers: ['example.dev/d'] });
    const { what } = look(steps, stuck({ object: terminating, children: [child, living] }), { now: late, onTimeout: 'Force' });
    assert.deepEqual(what, ['remove-finalizers Part/c example.dev/c', 'remove-finalizers DaemonSet/agent example.dev/x']);
  });

  test("the garbage collector's own finalizers go only after twice the time", () => {
    const collected = { object: there(agent, { deletingSince: startedAt, finalizers: ['foregroundDeletion'] }) };
    assert.deepEqual(look(steps, stuck(collected), { now: late, onTimeout: 'Force' }).what, []);
    const later = look(steps, stuck(collected), { now: late + timeoutMs, onTimeout: 'Force' });
    assert.deepEqual(later.what, ['remove-finalizers DaemonSet/agent foregroundDeletion']);
  });

  test("Force never takes the API server's own clean-up off a CustomResourceDefinition", () => {
    const crd = ref('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.dev');
    const object = there(crd, { deletingSince: startedAt, finalizers: ['customresourcecleanup.apiextensions.k8s.io'] });
    assert.deepEqual(look([step(crd)], [[crd, thing({ object })]], { now: late, onTimeout: 'Force' }).what, []);
  });

  test('Force touches nothing that has lost its owner or never had one: when only that is left, it goes on without it', () => {
    const orphan = { ...pod('orphan', { ...stopping(startedAt), finalizers: ['example.dev/pod'] }), ownerless: true as const };
    const part = ref('example.dev/v1', 'Part', 'c');
    const child = there(part, { deletingSince: startedAt, finalizers: ['example.dev/c'], ownerless: true });
    const owned = pod('p', stopping(startedAt));
    const beside = stuck({ object: terminating, pods: [orphan, owned], children: [child] });
    assert.deepEqual(look(steps, beside, { now: late, onTimeout: 'Force' }).what, ['force-delete Pod/p']);
    const alone = [{ pods: [orphan] }, { children: [child] }, { strays: [pod('stray', stopping(startedAt))] }];
    for (const left of alone) {
      const { what, stateOf, words } = look(steps, stuck(left), { now: late, onTimeout: 'Force' });
      assert.equal(stateOf(agent)?.state, 'Passed');
      assert.ok(words(agent));
      assert.deepEqual(what, ['delete ServiceAccount/agent Background']);
    }
  });

  test('Force kills a Pod that is a step itself, although nothing owns it', () => {
    const late30 = { ...pod('single', { ...stopping(startedAt), ownerless: true as const }), ref: single };
    const { what } = look([step(single)], [[single, thing({ object: late30, pods: [late30] })]], {
      now: late,
      onTimeout: 'Force',
    });
    assert.deepEqual(what, ['force-delete Pod/single']);
  });

  test('Pods that were asked to stop only now are not killed because another one hangs', () => {
    const pods = [pod('hangs', stopping(startedAt)), pod('fresh', stopping(late - minute))];
    const { what } = look(steps, stuck({ object: terminating, pods }), { now: late, onTimeout: 'Force' });
    assert.deepEqual(what, ['force-delete Pod/hangs']);
  });

  test('what was terminating long before the teardown still has its whole time', () => {
    const old = there(agent, { deletingSince: startedAt - 24 * 60 * minute, finalizers: ['example.dev/x'] });
    const early = look(steps, stuck({ object: old }), { now: startedAt + minute, onTimeout: 'Force' });
    assert.equal(early.stateOf(agent)?.state, 'Deleting');
    assert.deepEqual(early.what, []);
    assert.equal(look(steps, stuck({ object: old }), { now: late }).stateOf(agent)?.state, 'Blocked');
  });

  test('a Pod that hung for a day does not make its workload late', () => {
    const pods = [pod('hangs', stopping(startedAt - 24 * 60 * minute))];
    const object = there(agent, { deletingSince: late - minute });
    const { what, stateOf } = look(steps, stuck({ object, pods }), { now: late, onTimeout: 'Force' });
    assert.equal(stateOf(agent)?.state, 'Deleting');
    assert.deepEqual(what, []);
  });

  test('a delete that is refused counts from its first refusal, is tried on with Stop and passed over with Continue', () => {
    const refused = { object: there(agent), refusal: 'daemonsets is forbidden', refusedSince: startedAt };
    const stopped = look(steps, stuck(refused), { now: late });
    assert.deepEqual(stopped.what, ['delete DaemonSet/agent Foreground']);
    assert.deepEqual(stopped.stateOf(agent), {
      id: idOfRef(agent),
      state: 'Blocked',
      since: startedAt,
      blocker: blockedBy('AttemptFailed', idOfRef(agent), 'daemonsets is forbidden', startedAt),
    });
    assert.equal(look(steps, stuck(refused), { now: late, onTimeout: 'Continue' }).stateOf(agent)?.state, 'Passed');
    assert.deepEqual(look(steps, stuck(refused), { now: late, onTimeout: 'Force' }).what, ['delete DaemonSet/agent Foreground']);
  });

  test('Pods that nobody deletes count from the turn of their workload', () => {
    const left = { pods: [pod()], turnSince: startedAt + minute };
    assert.equal(look(steps, stuck(left), { now: late }).stateOf(agent)?.state, 'Deleting');
    assert.equal(look(steps, stuck(left), { now: late + minute }).stateOf(agent)?.state, 'Blocked');
    assert.deepEqual(look(steps, stuck(left), { now: late + minute, onTimeout: 'Force' }).what, ['force-delete Pod/p']);
  });

  test('a forced action that is refused says why', () => {
    const { words } = look(steps, stuck({ object: terminating, refusal: 'patch is forbidden', refusedSince: late }), {
      now: late,
      onTimeout: 'Force',
    });
    assert.equal(words(agent), 'patch is forbidden');
  });
});

describe('words', () => {
  test('a refusal of the past does not hide what is waited for now', () => {
    const object = there(agent, { deletingSince: startedAt });
    const { words } = look([step(agent)], [[agent, thing({ object, refusal: 'etcd timed out', refusedSince: startedAt })]]);
    assert.equal(words(agent), 'DaemonSet a/agent is being deleted');
  });

  test("a custom resource's finalizer names the controller of the plan and whether its Pods run", () => {
    const manager = ref('apps/v1', 'Deployment', 'manager');
    const steps = [step(widget, { servedBy: [idOfRef(manager) as ObjectId] }), after(manager, widget)];
    const going = thing({ object: there(widget, { deletingSince: startedAt, finalizers: ['x/y'] }) });
    const dead = look(steps, [[widget, going]]);
    assert.equal(dead.words(widget), 'finalizer x/y on Widget a/w: its controller Deployment a/manager has no running Pod');
    const alive = look(steps, [
      [widget, going],
      [manager, thing({ object: there(manager), pods: [pod()] })],
    ]);
    assert.equal(
      alive.words(widget),
      'finalizer x/y on Widget a/w: its controller Deployment a/manager runs and has not removed it yet',
    );
  });
});
