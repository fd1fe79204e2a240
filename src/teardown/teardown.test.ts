/**
 * What a whole teardown does when others act on the same objects, when it is refused, and when its time is over. On the
 * simulated cluster.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster } from '../cluster/port.ts';
import { type SimulatedCluster, serviceAccount } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import { idOf, refOf } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject, ObjectRef } from '../objects/object.ts';
import type { OnTimeout } from './policy.ts';
import {
  account,
  clusterRole,
  clusterRoleBinding,
  configMap,
  job,
  pod,
  secret,
  space,
  widget,
  widgetDefinition,
  workload,
} from './testing/samples.ts';
import { existing, oneComponent, type Run, takeDown } from './testing/take-down.ts';
import { startWidgetController } from './testing/widget-controller.ts';

const nodes = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get', 'patch'] }];
const access = [account('agent'), clusterRole('agent', nodes), clusterRoleBinding('agent')];
const agent = workload('DaemonSet', 'agent', { account: 'agent', preStopMs: 300, needs: 'patch nodes' });

/** Takes the owners off the Pods with this label `app`, as somebody does who wants them to live on. */
async function orphanPods({ cluster, server }: SimulatedCluster, app: string): Promise<void> {
  for (const each of server.store.all('pods', space)) {
    if (each.metadata.labels?.app !== app) continue;
    await cluster.patch(refOf(each), {
      type: 'merge',
      value: { metadata: { ownerReferences: null, labels: { app: 'let-go' } } },
    });
  }
}

const failed = (simulated: SimulatedCluster) => simulated.log.filter((event) => event.what === 'pre-stop-failed');

describe('when somebody creates an object of the same name again', () => {
  const labelled = { [clusterOperatorLabel]: 'node-agent' };

  for (const label of [labelled, {}]) {
    const kind = label === labelled ? 'with' : 'without';
    test(`a DaemonSet ${kind} our label is left alone, and so are its Pods`, async () => {
      const slow = workload(
        'DaemonSet',
        'slow',
        { preStopMs: 4_000 },
        { annotations: { 'bookend.dev/depends-on': 'DaemonSet.apps/agent' } },
      );
      const objects = [...access, agent, slow];
      const run = await takeDown(objects, oneComponent(objects));
      // The agent goes by somebody else's hand before its turn, and another comes.
      await run.cluster.delete(refOf(agent), { propagation: 'Background' });
      await run.settle(1_000);
      const again = await run.cluster.create(workload('DaemonSet', 'agent', {}, { labels: label }));
      await run.finished();
      await run.settle(2_000);
      assert.equal((await run.cluster.get(refOf(agent)))?.metadata.uid, again.metadata.uid);
      assert.equal(existing(run, 'Pod').length, 1);
      assert.equal(run.state(agent)?.state, 'Gone');
      assert.deepEqual(failed(run), []);
    });
  }

  test('a Secret is left alone, whatever label it has', async () => {
    const all = [...access, agent, secret('late')];
    const run = await takeDown(all, oneComponent(all));
    await run.until(() => !run.exists(secret('late')));
    await run.cluster.create(secret('late', { labels: labelled }));
    await run.finished();
    assert.equal(run.exists(secret('late')), true);
  });

  test('a custom resource of the same name goes before its definition, whoever created it again', async () => {
    const one = widget('one', { finalizers: ['example.dev/slow'] });
    const run = await takeDown([widgetDefinition()], { before: ({ cluster }) => cluster.create(one) });
    await run.settle(500);
    await run.cluster.patch(refOf(one), { type: 'merge', value: { metadata: { finalizers: [] } } });
    await run.cluster.create(widget('one'));
    await run.finished();
    const gone = run.log.filter((event) => event.what === 'gone' && event.id === idOf(one)).length;
    const definition = run.log.findIndex((event) => event.id === idOf(widgetDefinition()));
    assert.equal(gone, 2);
    assert.ok(definition > run.log.findLastIndex((event) => event.id === idOf(one)));
  });
});

describe('custom resources that come after the plan was made', () => {
  const release = (run: Run) =>
    run.cluster.patch(refOf(configMap('x')), { type: 'merge', value: { metadata: { finalizers: [] } } });
  const dependent = { 'bookend.dev/depends-on': 'CustomResourceDefinition.apiextensions.k8s.io/widgets.example.dev' };
  const held = [widgetDefinition(), configMap('x', { finalizers: ['example.dev/hold'], annotations: dependent })];

  test('go before their definition by themselves', async () => {
    const run = await takeDown(held);
    await run.settle(500);
    await run.cluster.create(widget('late'));
    await run.settle(500);
    await release(run);
    await run.finished();
    const order = run.log.filter((event) => event.what === 'gone').map((event) => event.id);
    assert.deepEqual(order, ['ConfigMap/agents/x', 'Widget.example.dev/agents/late', idOf(widgetDefinition())]);
  });

  test('are told to whoever can plan anew', async () => {
    const run = await takeDown(held, { tellNewcomers: true });
    await run.settle(500);
    await run.cluster.create(widget('late'));
    await run.settle(500);
    assert.deepEqual(new Set(run.newcomers.map(idOf)), new Set([idOf(widget('late'))]));
    run.teardown.close();
  });
});

describe('what somebody else does meanwhile', () => {
  test('an object whose label was taken off is deleted all the same', async () => {
    const settings = configMap('settings');
    const user = workload('DaemonSet', 'user', { configMaps: ['settings'], preStopMs: 1_000 });
    const objects = [settings, user];
    const run = await takeDown(objects, oneComponent(objects));
    await run.cluster.patch(refOf(settings), {
      type: 'merge',
      value: { metadata: { labels: { [clusterOperatorLabel]: null } } },
    });
    await run.finished();
    assert.equal(run.exists(settings), false);
    assert.equal(run.deletes(settings), 1);
  });

  test('the definition of a custom resource is removed: the resource counts as gone once its kind has not been served for a while', async () => {
    const one = widget('one');
    const user = workload(
      'Deployment',
      'user',
      { preStopMs: 2_000 },
      { annotations: { 'bookend.dev/depends-on': 'Widget.example.dev/one' } },
    );
    const run = await takeDown([one, user], { others: [widgetDefinition()] });
    await run.settle(500);
    await run.cluster.delete(refOf(widgetDefinition()));
    await run.settle(3_000);
    assert.match(run.blocker(one), /the API server does not serve its kind/);
    await run.finished();
    assert.equal(run.state(one)?.state, 'Gone');
  });

  test('a workload of others with the same labels is not touched', async () => {
    const ours = workload('Deployment', 'web', { labels: { app: 'web' } });
    const theirs = workload('Deployment', 'web-api', { labels: { app: 'web', tier: 'api' } });
    const run = await takeDown([ours], { others: [theirs] });
    await run.finished();
    await run.settle(2_000);
    assert.equal(existing(run, 'Pod').length, 2);
    assert.deepEqual(existing(run, 'Deployment'), [idOf(theirs)]);
  });

  test('bare Pods with the labels that our workloads select are not touched, nor is what has our label', async () => {
    const bare = ['web', 'mig'].map((name) => pod(`${name}-bare`, { labels: { app: name } }));
    const label = { [clusterOperatorLabel]: 'node-agent' };
    const marked = [configMap('marked', { labels: label }), pod('marked', {}, { labels: label })];
    const ours = [configMap('ours'), workload('Deployment', 'web'), job('mig', { preStopMs: 1_000 })];
    const run = await takeDown(ours, {
      ...oneComponent(ours),
      before: async (simulated) => {
        await simulated.settle(1_000);
        for (const each of [...bare, ...marked]) await simulated.cluster.create(each);
      },
      tellNewcomers: true,
    });
    await run.finished();
    await run.settle(2_000);
    for (const each of [...bare, ...marked]) {
      assert.equal(run.exists(each), true, idOf(each));
      assert.equal(run.deletes(each), 0, idOf(each));
    }
    assert.deepEqual(run.newcomers, []);
  });

  test('a bare Pod that comes when its DaemonSet is going is not touched', async () => {
    const run = await takeDown([...access, agent]);
    await run.until(() => run.log.some(({ id, what }) => what === 'terminating' && id === idOf(agent)));
    const bare = pod('agent-late', { labels: { app: 'agent' } });
    await run.cluster.create(bare);
    await run.finished();
    await run.settle(2_000);
    assert.equal(run.exists(bare), true);
    assert.equal(run.deletes(bare), 0);
  });

  test('a Pod that lost its owner before anybody looked is waited for where it uses our account, and never deleted', async () => {
    const run = await takeDown([...access, agent], {
      before: async (simulated) => {
        await simulated.settle(2_000);
        await orphanPods(simulated, 'agent');
        await simulated.cluster.delete(refOf(agent), { propagation: 'Orphan' });
      },
      policy: { timeoutMs: 5_000, onTimeout: 'Stop' },
    });
    const [orphan] = run.server.store.all('pods', space);
    assert.ok(orphan);
    await run.settle(20_000);
    assert.equal(run.deletes(orphan), 0);
    const blockers = run.decisions.at(-1)?.states.map(({ blocker }) => blocker?.text ?? '') ?? [];
    assert.ok(
      blockers.some((text) => /uses ServiceAccount agents\/agent .* is not part of/.test(text)),
      blockers.join('\n'),
    );
    assert.equal(run.exists(access[0] ?? agent), true);
    await run.cluster.delete(refOf(orphan));
    await run.finished();
  });

  test('a Pod that loses its owner in the middle of the teardown is deleted, with what it needs still there', async () => {
    const held = { annotations: { 'bookend.dev/depends-on': 'DaemonSet.apps/agent' } };
    const first = workload('DaemonSet', 'first', { preStopMs: 3_000 }, held);
    const run = await takeDown([...access, agent, first]);
    await run.settle(500);
    await run.cluster.delete(refOf(agent), { propagation: 'Orphan' });
    await run.finished();
    assert.deepEqual(existing(run, 'Pod'), []);
    assert.deepEqual(failed(run), []);
  });

  test('a Pod whose ReplicaSet goes before anybody has seen it is waited for, and not deleted', async () => {
    const web = workload('Deployment', 'web', { replicas: 1, preStopMs: 8_000, graceSeconds: 30 });
    const run = await takeDown([web], {
      before: async (simulated) => {
        await simulated.settle(2_000);
        const [replicaSet] = simulated.server.store.all('replicasets.apps', space);
        await simulated.cluster.delete(refOf(web), { propagation: 'Orphan' });
        await simulated.settle(200);
        if (replicaSet) await simulated.cluster.delete(refOf(replicaSet), { propagation: 'Background' });
        await simulated.cluster.create(web);
      },
    });
    await run.finished();
    const deleted = run.requests.filter(({ verb, ref }) => verb === 'delete' && ref.kind === 'Pod' && ref.uid !== undefined);
    assert.deepEqual(deleted, []);
    assert.deepEqual(existing(run, 'Pod'), []);
  });

  test('a binding is cut by hand: the hook that fails is reported, even when the watch of Events is late', async () => {
    const dropEvents = ({ object }: { object: KubernetesObject }) => object.kind === 'Event';
    const run = await takeDown([...access, agent], { world: { watch: { dropEvents } } });
    await run.cluster.delete(refOf(clusterRoleBinding('agent')));
    await run.finished();
    const [hook] = run.teardown.failedHooks();
    assert.match(hook?.pod ?? '', /^agent-/);
    assert.match(hook?.message ?? '', /PreStopHook failed/);
    assert.equal(run.teardown.failedHooks().length, 1);
  });

  test('a hook that fails in a Pod which no watch shows is reported, too', async () => {
    const isHidden = ({ object }: { object: KubernetesObject }) => object.kind === 'Event' || object.metadata.name === 'hidden';
    const first = { 'bookend.dev/depends-on': 'DaemonSet.apps/agent' };
    const slow = workload('DaemonSet', 'slow', { preStopMs: 2_000 }, { annotations: first });
    const run = await takeDown([...access, agent, slow], { world: { watch: { dropEvents: isHidden } } });
    const { apiVersion, kind, metadata } = (await run.cluster.get(refOf(agent))) ?? agent;
    const shape = { account: 'agent', preStopMs: 3_000, needs: 'patch nodes', graceSeconds: 20 };
    const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true }];
    await run.cluster.create(pod('hidden', shape, { ownerReferences }));
    await run.settle(1_000);
    await run.cluster.delete(refOf(clusterRoleBinding('agent')));
    await run.finished();
    const pods = run.teardown.failedHooks().map((each) => each.pod);
    assert.equal(pods.length, 2, pods.join());
    assert.ok(pods.includes('hidden'));
  });
});

describe('every shape of Pod', () => {
  test('ended, evicted, pending and unscheduled Pods and completed Jobs hold nothing up', async () => {
    const unscheduled = pod('unscheduled', { account: 'agent' });
    (unscheduled.spec as Record<string, unknown>).nodeSelector = { nowhere: 'true' };
    const unmounted = pod('unmounted', { account: 'agent', configMaps: ['missing'] });
    const objects = [
      ...access,
      agent,
      unscheduled,
      unmounted,
      job('done', { account: 'agent' }),
      workload('StatefulSet', 'set', { account: 'agent' }),
    ];
    const run = await takeDown(objects, {
      before: async (simulated) => {
        await simulated.settle(2_000);
        const [evicted] = (
          await simulated.cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: space, labelSelector: 'app=agent' })
        ).items;
        const status = { phase: 'Failed', reason: 'Evicted' };
        if (evicted)
          await simulated.cluster.patch(refOf(evicted), { type: 'merge', value: { status } }, { subresource: 'status' });
      },
    });
    await run.finished();
    assert.deepEqual(existing(run, 'Pod'), []);
    assert.deepEqual(failed(run), []);
  });

  test('Pods that do not block the deletion of their owner still keep what they need', async () => {
    const run = await takeDown([...access, agent], {
      before: async (simulated) => {
        await simulated.settle();
        for (const each of simulated.server.store.all('pods', space)) {
          const ownerReferences = each.metadata.ownerReferences?.map((owner) => ({ ...owner, blockOwnerDeletion: false }));
          await simulated.cluster.patch(refOf(each), { type: 'merge', value: { metadata: { ownerReferences } } });
        }
      },
    });
    await run.until(() => !run.exists(agent));
    assert.equal(existing(run, 'Pod').length, 1);
    assert.equal(run.exists(access[0] ?? agent), true);
    await run.finished();
    assert.deepEqual(failed(run), []);
  });

  test('a Pod that no watch ever shows is found by the read that confirms', async () => {
    const world = {
      watch: {
        dropEvents: ({ object, query }: { object: KubernetesObject; query: { kind: string } }) =>
          query.kind === 'Pod' && object.kind === 'Pod',
        relistEveryMs: 20_000,
      },
    };
    const run = await takeDown([...access, agent], { world });
    await run.finished();
    assert.deepEqual(failed(run), []);
  });
});

describe('when a write is refused', () => {
  const [x, y] = [configMap('x'), configMap('y')];
  const refuseX =
    (message: () => string | undefined) =>
    ({ admission }: SimulatedCluster) => {
      admission.push(({ operation, name }) => {
        const refusal = message();
        return operation === 'DELETE' && name === 'x' && refusal ? { message: refusal } : undefined;
      });
    };

  test('the blocker says why, it is tried again ever more slowly, and goes on when the reason is gone', async () => {
    let why: string | undefined = 'still in use by ClusterOperator one';
    const run = await takeDown([x, y], { before: refuseX(() => why) });
    await run.settle(60_000);
    assert.equal(run.exists(y), false, 'the others do not wait for it');
    assert.match(run.blocker(x), /still in use by ClusterOperator one/);
    assert.ok(run.deletes(x) >= 6 && run.deletes(x) <= 10, `${run.deletes(x)} tries in a minute`);
    why = undefined;
    await run.finished(16_000);
    assert.equal(run.exists(x), false);
  });

  test('and its time is over: Stop tries on, Continue goes on without it', async () => {
    for (const onTimeout of ['Stop', 'Continue'] as const) {
      const run = await takeDown([x, y], { before: refuseX(() => 'no'), policy: { timeoutMs: 5_000, onTimeout } });
      await run.settle(8_000);
      assert.equal(run.state(x)?.state, onTimeout === 'Stop' ? 'Blocked' : 'Passed');
      assert.equal(run.decisions.at(-1)?.done, onTimeout === 'Continue');
      run.teardown.close();
    }
  });
});

describe('when the API server is slow', () => {
  test('writes that hang do not keep the others from being sent', async () => {
    const slow = Array.from({ length: 60 }, (_, index) => configMap(`a-slow-${index}`));
    const quick = Array.from({ length: 60 }, (_, index) => configMap(`b-quick-${index}`));
    const run: Run = await takeDown([...slow, ...quick], {
      around: (cluster) => ({
        ...cluster,
        delete: async (ref, options) => {
          if (ref.name.startsWith('a-slow')) await new Promise<void>((resolve) => void clock().after(30_000, resolve));
          return cluster.delete(ref, options);
        },
      }),
      before: ({ clock: itsClock }) => {
        clock = () => itsClock;
      },
    });
    await run.settle(5_000);
    assert.equal(existing(run, 'ConfigMap').filter((id) => id.includes('b-quick')).length, 0);
    await run.finished();
    assert.ok(slow.every((object) => run.deletes(object) === 1));
  });
  let clock: () => SimulatedCluster['clock'] = () => assert.fail('not yet');

  test('a watch that lags for many seconds costs a few deletes more and changes nothing', async () => {
    const run = await takeDown([...access, agent, configMap('x')], { world: { watch: { watchDelayMs: 12_000 } } });
    await run.finished(120_000);
    assert.deepEqual(failed(run), []);
    for (const object of [...access, agent, configMap('x')])
      assert.ok(run.deletes(object) <= 3, `${run.deletes(object)} of ${idOf(object)}`);
  });

  test('nothing is concluded while a watch cannot be opened, and the reason is told', async () => {
    const run = await takeDown([configMap('x')], {
      around: (cluster) => ({
        ...cluster,
        watch: (query, listener) => {
          if (query.kind !== 'ConfigMap') return cluster.watch(query, listener);
          listener.trouble?.(new BookendError('forbidden', 'configmaps is forbidden'));
          return { close: () => {} };
        },
      }),
    });
    await run.settle(5_000);
    assert.equal(run.blocker(configMap('x')), 'the cluster cannot be read: configmaps is forbidden');
    assert.equal(run.deletes(configMap('x')), 0);
    run.teardown.close();
  });
});

describe('when the time is over', () => {
  const held = workload('DaemonSet', 'agent', { account: 'agent', preStopMs: 300_000, graceSeconds: 600, needs: 'patch nodes' });
  const stuck = async (onTimeout: OnTimeout) => {
    const objects = [...access, held];
    const policy = { timeoutMs: 10_000, onTimeout };
    const before = async (simulated: SimulatedCluster) => {
      await simulated.settle();
      for (const each of simulated.server.store.all('pods', space)) {
        await simulated.cluster.patch(refOf(each), { type: 'merge', value: { metadata: { finalizers: ['example.dev/hold'] } } });
      }
    };
    return takeDown(objects, { policy, before });
  };

  test('Stop keeps everything that is still needed, says what it waits for, and goes on by itself', async () => {
    const run = await stuck('Stop');
    await run.settle(60_000);
    assert.equal(run.state(held)?.state, 'Blocked');
    assert.match(run.blocker(held), /^Pod agents\/agent-\w+ on node-\d+: preStop of container agent has run 5\ds of 10m0s$/);
    assert.equal(run.exists(access[0] ?? held), true);
    assert.deepEqual(run.forced, []);
    await run.settle(260_000);
    assert.match(run.blocker(held), /finalizer example.dev\/hold keeps the Pod/);
    for (const each of run.server.store.all('pods', space)) {
      await run.cluster.patch(refOf(each), { type: 'merge', value: { metadata: { finalizers: [] } } });
    }
    await run.finished();
    assert.deepEqual(failed(run), []);
  });

  test('Continue goes on without it and ends, leaving it behind', async () => {
    const run = await stuck('Continue');
    await run.finished(15_000);
    assert.equal(run.state(held)?.state, 'Passed');
    assert.ok(access.every((object) => !run.exists(object)));
    assert.deepEqual(run.forced, []);
  });

  test('Force deletes the Pod with grace 0, then removes its finalizer, each told once, before anything that it needs goes', async () => {
    const run = await stuck('Force');
    await run.finished(20_000);
    assert.deepEqual(
      run.forced.map((action) => action.type),
      ['force-delete', 'remove-finalizers'],
    );
    assert.deepEqual(existing(run, 'Pod'), []);
    const podGone = run.log.findIndex(({ what, id }) => what === 'gone' && id.startsWith('Pod/agents/agent'));
    const accountGone = run.log.findIndex(({ what, id }) => what === 'gone' && id === idOf(access[0] ?? held));
    assert.ok(podGone < accountGone);
  });
});

describe('an operator that serves its custom resources', () => {
  const rights = [
    { apiGroups: ['example.dev'], resources: ['widgets'], verbs: ['get', 'list', 'watch', 'update', 'patch'] },
    { apiGroups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'create'] },
  ];
  const operator = [
    account('operator'),
    clusterRole('operator', rights),
    clusterRoleBinding('operator'),
    workload('Deployment', 'operator', { account: 'operator' }),
  ];

  test('that has no Pod is named as what is missing', async () => {
    const run = await takeDown([...access, ...operator, widgetDefinition()], {
      before: async (simulated) => {
        startWidgetController(simulated, 'operator');
        await simulated.settle(2_000);
        await simulated.cluster.create(widget('one'));
        await simulated.settle(2_000);
        const deployment = refOf(workload('Deployment', 'operator'));
        await simulated.cluster.patch(deployment, { type: 'merge', value: { spec: { replicas: 0 } } });
      },
    });
    await run.settle(5_000);
    assert.equal(
      run.blocker(widget('one')),
      'finalizer example.dev/clean-up on Widget agents/one: its controller Deployment agents/operator has no running Pod',
    );
    assert.equal(run.exists(access[0] ?? agent), true);
    await run.cluster.patch(refOf(workload('Deployment', 'operator')), { type: 'merge', value: { spec: { replicas: 1 } } });
    await run.finished();
    assert.deepEqual(failed(run), []);
  });
});

describe('the end', () => {
  test('is told once, and nothing is looked at or written after it', async () => {
    const run = await takeDown([...access, agent]);
    await run.finished();
    const { length } = run.decisions;
    const writes = run.requests.length;
    await run.cluster.create(configMap('later'));
    await run.settle(10_000);
    assert.equal(run.decisions.length, length);
    assert.equal(
      run.requests.filter(({ verb }) => verb === 'delete').length,
      run.requests.slice(0, writes).filter(({ verb }) => verb === 'delete').length,
    );
    run.teardown.close();
    run.teardown.close();
  });

  test('close ends it at once: nothing is told or sent any more', async () => {
    const run = await takeDown([...access, agent]);
    await run.settle(100);
    run.teardown.close();
    const { length } = run.decisions;
    await run.settle(10_000);
    assert.equal(run.decisions.length, length);
    assert.equal(run.exists(access[0] ?? agent), true);
  });

  test('takes no longer than the Pods do, and a little', async () => {
    const run = await takeDown([...access, agent]);
    const begun = run.clock.now();
    await run.finished();
    const podsTookMs = 300 + 100;
    assert.ok(run.clock.now() - begun < podsTookMs + 150, `${run.clock.now() - begun} ms`);
  });
});

test('nothing is done before the order is on record, and then at once', async () => {
  let recorded: () => void = () => {};
  const after = new Promise<void>((resolve) => {
    recorded = resolve;
  });
  const run = await takeDown([configMap('x')], { after });
  await run.settle(10_000);
  assert.equal(run.deletes(configMap('x')), 0);
  assert.equal(run.state(configMap('x'))?.state, 'Deleting', 'it has looked already');
  const begun = run.clock.now();
  recorded();
  await run.finished();
  assert.ok(run.clock.now() - begun < 100, `${run.clock.now() - begun} ms`);
});

test('nothing is ever done when the order could not be recorded', async () => {
  const after = Promise.reject(new BookendError('conflict', 'not written'));
  after.catch(() => {}); // Before the teardown has begun there is nobody who would.
  const run = await takeDown([configMap('x')], { after });
  await run.settle(60_000);
  assert.equal(run.deletes(configMap('x')), 0);
  assert.equal(run.exists(configMap('x')), true);
});

test('Deployments that end one after the other are confirmed a few at a time, and never one twice', async () => {
  const objects = Array.from({ length: 9 }, (_, index) => workload('Deployment', `d-${index}`, { preStopMs: 300 + index * 20 }));
  let clock: SimulatedCluster['clock'] | undefined;
  let atOnce = 0;
  let most = 0;
  let begun = false;
  const reads: string[] = [];
  const run = await takeDown(objects, {
    before: (simulated) => {
      clock = simulated.clock;
    },
    around: (cluster) => ({
      ...cluster,
      get: async (ref) => {
        reads.push(ref.name);
        return cluster.get(ref);
      },
      list: async (query) => {
        if (query.kind !== 'Pod' || !begun) return cluster.list(query);
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise<void>((resolve) => void clock?.after(100, resolve));
        atOnce -= 1;
        return cluster.list(query);
      },
    }),
  });
  reads.length = 0;
  begun = true;
  await run.finished();
  assert.ok(most > 1 && most <= 3, `${most} at once`);
  assert.deepEqual(reads.toSorted(), objects.map(({ metadata }) => metadata.name).toSorted());
});

describe('two thousand objects, each answered after a while', () => {
  const objects = Array.from({ length: 2_000 }, (_, index) => (index % 2 ? configMap(`x-${index}`) : secret(`x-${index}`)));
  test('take one write for each, and few decisions', async () => {
    const answered = answeredAfter(({ name }) => 5 + (name.length % 4) * 5);
    const run = await takeDown(objects, { ...oneComponent(objects), ...answered });
    await run.finished();
    const writes = run.requests.filter(({ verb }) => verb === 'delete').length;
    assert.equal(writes, 2_000);
    assert.ok(run.decisions.length < 40, `${run.decisions.length} decisions`);
  });

  test('do not hold up the look at a Pod that comes meanwhile: it may need what is about to be deleted', async () => {
    const run = await takeDown([account('agent'), ...objects], { ...oneComponent(objects), ...answeredAfter(() => 200) });
    for (let round = 0; round < 5; round++) {
      await run.settle(237);
      await run.cluster.create(pod(`visitor-${round}`, { account: 'agent' }));
      const words = round === 0 ? 'visitor-0 uses' : `(and ${round} more Pod`;
      const isSeen = () => run.blocker(account('agent')).includes(words);
      await run.until(isSeen, 40);
    }
  });
});

test('the acting account needs no right to read Events: failed hooks then go unnoticed, the teardown does not', async () => {
  const limited = [
    { apiGroups: ['', 'apps'], resources: ['pods', 'configmaps', 'daemonsets', 'controllerrevisions'], verbs: ['*'] },
  ];
  const run = await takeDown([configMap('x')], {
    others: [account('deployer'), clusterRole('deployer', limited), clusterRoleBinding('deployer')],
    around: (cluster) => cluster.as({ user: serviceAccount(space, 'deployer').name }),
  });
  await run.finished();
  assert.equal(run.exists(configMap('x')), false);
});

/** Each DELETE is carried out after some ms. */
function answeredAfter(ms: (ref: ObjectRef) => number) {
  let clock: SimulatedCluster['clock'] | undefined;
  return {
    before: (simulated: SimulatedCluster) => {
      clock = simulated.clock;
    },
    around: (cluster: Cluster): Cluster => ({
      ...cluster,
      delete: async (ref, options) => {
        await new Promise<void>((resolve) => void clock?.after(ms(ref), resolve));
        return cluster.delete(ref, options);
      },
    }),
  };
}
