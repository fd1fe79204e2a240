/**
 * Nothing that others can make in number grows an order, a status, a sentence or memory without a bound, and what is
 * beyond is said.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import { idOf, idOfRef, refOf } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { Plan } from '../plan/plan.ts';
import { cut, firstOf, longestBlocker, mostHookEvents } from './bounds.ts';
import { type Decision, decide } from './decide.ts';
import { FailedHooks } from './failed-hooks.ts';
import { defaultPolicy } from './policy.ts';
import { survey } from './survey.ts';
import { beginTeardown } from './testing/begin-teardown.ts';
import { configMap, make, namespace, pod, widget, widgetDefinition } from './testing/samples.ts';
import { slim } from './watches.ts';

describe('what only has our label', () => {
  test('has no effect at all, if there are 8,000 of it', async () => {
    const labels = { [clusterOperatorLabel]: 'node-agent' };
    const simulated = makeSimulatedCluster();
    const { cluster, clock, server } = simulated;
    const ours = configMap('ours', { labels });
    await cluster.create(namespace());
    await cluster.create(ours);
    const big = { 'example.dev/note': 'x'.repeat(1_000) };
    const forged = Array.from({ length: 8_000 }, (_, index) => configMap(`forged-${index}`, { labels, annotations: big }));
    simulated.adopt(forged.map((object, index) => withUid(object, index)));
    await simulated.settle();
    const decisions: Decision[] = [];
    let plan: Plan = { steps: [] };
    let kept = 0;
    await beginTeardown({
      cluster: {
        ...cluster,
        watch: (query, listener) =>
          cluster.watch(query, {
            ...listener,
            replace: (objects) => {
              if (query.kind === 'ConfigMap') kept = objects.length;
              listener.replace(objects);
            },
          }),
      },
      clock,
      objects: [ours],
      clusterOperator: 'node-agent',
      components: [{ name: 'all', dependsOn: [], objects: [idOf(ours)] }],
      onPlan: (made) => {
        plan = made;
      },
      onDecision: (decision) => void decisions.push(decision),
    });
    await simulated.until(() => decisions.at(-1)?.done === true, 10_000);
    assert.deepEqual(
      plan.steps.filter(({ mode }) => mode !== 'barrier').map(({ id }) => id),
      [idOf(ours)],
    );
    assert.ok(kept <= 1, `${kept} ConfigMaps are kept of what the watch shows`);
    assert.equal(server.store.all('configmaps', 'agents').length, 8_001, 'they and kube-root-ca.crt are left');
    assert.equal(simulated.requests.filter(({ verb }) => verb === 'delete').length, 1);
  });
});

describe('custom resources', () => {
  test('of which there are too many are refused in words with a remedy, before anything is deleted', async () => {
    const simulated = makeSimulatedCluster();
    const { cluster } = simulated;
    await cluster.create(namespace());
    const crd = await cluster.create(widgetDefinition());
    await simulated.settle(200);
    for (let index = 0; index < 30; index++) await cluster.create(widget(`w-${index}`));
    await assert.rejects(survey(cluster, [crd], [], { mostInstances: 20 }), (error) => {
      assert.ok(error instanceof BookendError);
      assert.equal(error.code, 'blocked');
      assert.equal(error.message, '30 widgets.example.dev exist, more than the 20 that are taken down in order');
      assert.match(
        error.advice,
        /^Delete them first, .*:\nkubectl delete widgets\.example\.dev --all --all-namespaces\nNothing was deleted\.$/,
      );
      return true;
    });
    assert.equal((await survey(cluster, [crd], [], { mostInstances: 30 })).objects.length, 31);
  });
});

describe('sentences', () => {
  test('have a bound, however many and long the finalizers of others are', () => {
    const finalizers = Array.from({ length: 500 }, (_, index) => `example.dev/${'x'.repeat(60)}-${index}`);
    const ref = { ...refOf(configMap('stuck')), uid: 'u' };
    const id = idOfRef(ref);
    const plan: Plan = { steps: [{ id, ref, mode: 'delete', after: [] }] };
    const object = { ref, finalizers, deletingSince: 0 };
    const steps = new Map([[id, { object, children: [], pods: [], confirmedGone: false }]]);
    const look = (lagging?: string) =>
      decide(plan, { synced: true, steps, ...(lagging && { lagging }) }, defaultPolicy, 0, 1_000);
    assert.match(
      look().states[0]?.blocker?.text ?? '',
      /and 497 more on ConfigMap agents\/stuck: the controller that set it must remove it$/,
    );
    assert.equal(look('y'.repeat(5_000)).states[0]?.blocker?.text.length, longestBlocker);
  });

  test('are cut, and lists end with a count of what is left out', () => {
    assert.equal(cut('abcdef', 4), 'abc…');
    assert.equal(cut('abcd', 4), 'abcd');
    assert.deepEqual(firstOf(['a', 'b', 'c', 'd'], 3, 'kinds'), ['a', 'b', 'and 2 more kinds']);
    assert.deepEqual(firstOf(['a', 'b', 'c'], 3, 'kinds'), ['a', 'b', 'c']);
  });
});

describe('memory', () => {
  test('keeps little of an object, however much others write into it', () => {
    const large = 'x'.repeat(200_000);
    const extra = { annotations: { large }, labels: { large } };
    const visitor = pod('large', { account: 'agent' }, extra);
    const status = {
      phase: 'Running',
      message: large,
      containerStatuses: [{ name: 'agent', state: { running: {} }, imageID: large }],
    };
    assert.ok(JSON.stringify(slim({ ...visitor, status })).length < 500);
    assert.ok(JSON.stringify(slim(configMap('large', extra))).length < 200);
  });

  test('holds a bounded number of Events about failed hooks, and says when there are more', async () => {
    const simulated = makeSimulatedCluster();
    await simulated.cluster.create(namespace());
    const event = (index: number) =>
      make('v1', 'Event', `forged-${index}`, {
        reason: 'FailedPreStopHook',
        involvedObject: { kind: 'Pod', name: 'p', namespace: 'agents', uid: 'ours' },
        message: 'x'.repeat(5_000),
      });
    const hooks = new FailedHooks(simulated.cluster, ['agents'], () => undefined);
    for (let index = 0; index < mostHookEvents; index++) await simulated.cluster.create(event(index));
    await hooks.read();
    assert.equal(hooks.unseen, undefined);
    await simulated.cluster.create(event(mostHookEvents));
    await hooks.read();
    assert.match(hooks.unseen ?? '', /^more than 1,000 Events of this reason exist/);
    const found = hooks.of((uid) => uid === 'ours');
    assert.equal(found.length, mostHookEvents);
    assert.equal(found[0]?.message.length, longestBlocker);
    hooks.close();
  });
});

function withUid(object: KubernetesObject, index: number): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, uid: `forged-${index}`, creationTimestamp: '2026-11-22T00:00:00Z' } };
}
