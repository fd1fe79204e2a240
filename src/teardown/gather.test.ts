import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Cluster, Query, WatchListener } from '../cluster/port.ts';
import { makeSimulatedCluster } from '../cluster/simulated/index.ts';
import { BookendError } from '../errors.ts';
import { idOf, type ObjectId, refOf } from '../objects/identity.ts';
import { clusterOperatorLabel } from '../objects/names.ts';
import type { KubernetesObject } from '../objects/object.ts';
import type { PlanStep } from '../plan/plan.ts';
import { ClusterView, type Knowledge } from './gather.ts';
import { builtInReach } from './reach.ts';

let revision = 0;
function object(
  apiVersion: string,
  kind: string,
  name: string,
  owner?: KubernetesObject,
  labels: Record<string, string> = {},
): KubernetesObject {
  const { uid = '' } = owner?.metadata ?? {};
  const ownerReferences = owner
    ? [{ apiVersion: owner.apiVersion, kind: owner.kind, name: owner.metadata.name, uid, controller: true }]
    : [];
  const resourceVersion = String(++revision);
  return {
    apiVersion,
    kind,
    metadata: { name, namespace: 'a', uid: `${kind}-${name}`, resourceVersion, labels, ownerReferences },
  };
}
const newer = (old: KubernetesObject, metadata: Partial<KubernetesObject['metadata']>): KubernetesObject => ({
  ...old,
  metadata: { ...old.metadata, ...metadata, resourceVersion: String(++revision) },
});

const widget = object('example.dev/v1', 'Widget', 'w');
const deployment = object('apps/v1', 'Deployment', 'web', widget);
const replicaSet = object('apps/v1', 'ReplicaSet', 'web-1', deployment);
const pod = object('v1', 'Pod', 'web-1-x', replicaSet);

const step = (target: KubernetesObject, more: Partial<PlanStep> = {}): PlanStep => ({
  id: idOf(target),
  ref: refOf(target),
  mode: 'delete',
  after: [],
  ...more,
});
const knowledge: Knowledge = { goneUids: new Set(), confirmed: new Set(), refusals: new Map() };

/** A sight whose watches say what the test has them say. */
function look(steps: PlanStep[], clusterOperator?: string, stepByUid: ReadonlyMap<string, ObjectId> = new Map()) {
  const listeners: { query: Query; listener: WatchListener }[] = [];
  const watch: Cluster['watch'] = (query, listener) => {
    listeners.push({ query, listener });
    return { close: () => {} };
  };
  let changes = 0;
  const sight = new ClusterView({
    cluster: { ...makeSimulatedCluster().cluster, watch },
    plan: { steps },
    reach: builtInReach(steps.map(({ ref }) => ref)),
    stepByUid,
    ...(clusterOperator !== undefined && { clusterOperator }),
    onChange: () => {
      changes++;
    },
  });
  const tell = (kind: string, what: (listener: WatchListener) => void) => {
    const told = listeners.filter(({ query }) => query.kind === kind);
    assert.ok(told.length > 0, `no watch of ${kind}`);
    for (const { listener } of told) what(listener);
  };
  return {
    sight,
    queries: () => listeners.map(({ query }) => query),
    show: (kind: string, ...objects: KubernetesObject[]) => tell(kind, (listener) => listener.replace(objects)),
    change: (target: KubernetesObject) => tell(target.kind, (listener) => listener.changed(target)),
    remove: (target: KubernetesObject) => tell(target.kind, (listener) => listener.removed(target)),
    trouble: (kind: string, error: Error) => tell(kind, (listener) => listener.trouble?.(error)),
    rest: () => {
      for (const { query, listener } of listeners)
        if (!['Pod', 'ReplicaSet', 'Deployment', 'Widget', 'ConfigMap'].includes(query.kind)) listener.replace([]);
    },
    seen: (more: Partial<Knowledge> = {}) => sight.seen({ ...knowledge, ...more }),
    stepOf: (id: ObjectId, more: Partial<Knowledge> = {}) => sight.seen({ ...knowledge, ...more }).steps.get(id),
    changes: () => changes,
  };
}

const names = (objects: readonly { ref: { name: string } }[] = []) => objects.map(({ ref }) => ref.name);

describe('what is seen', () => {
  test('is complete only when every watch has spoken, and tells what it waits for', () => {
    const { seen, show, rest, trouble, sight } = look([step(widget)]);
    assert.deepEqual([seen().synced, seen().unsyncedBecause], [false, 'the cluster is being read']);
    for (const kind of ['Widget', 'Deployment', 'ReplicaSet']) show(kind);
    rest();
    trouble('Pod', new BookendError('unreachable', 'connection refused'));
    assert.deepEqual([seen().synced, seen().unsyncedBecause], [false, 'the cluster cannot be read: connection refused']);
    show('Pod');
    assert.equal(seen().synced, true);
    assert.equal(seen().lagging, 'connection refused');
    sight.close();
  });

  test('a chain is followed in whatever order its links are shown, Pods first of all', () => {
    const { show, change, stepOf } = look([step(widget)]);
    show('Pod', pod);
    show('ReplicaSet', replicaSet);
    show('Deployment');
    show('Widget', widget);
    assert.deepEqual(names(stepOf(idOf(widget))?.pods), []);
    change(deployment);
    assert.deepEqual(names(stepOf(idOf(widget))?.pods), ['web-1-x']);
    assert.deepEqual(names(stepOf(idOf(widget))?.children).sort(), ['web', 'web-1']);
  });

  test('Pods stay with their step when the links before them go', () => {
    const { show, remove, stepOf } = look([step(widget)]);
    for (const each of [deployment, replicaSet, pod]) show(each.kind, each);
    remove(replicaSet);
    remove(deployment);
    assert.deepEqual(names(stepOf(idOf(widget))?.pods), ['web-1-x']);
    remove(pod);
    assert.deepEqual(stepOf(idOf(widget))?.pods, []);
  });

  test('what another owner has taken over is not ours any more, and neither are its Pods', () => {
    const { show, change, stepOf } = look([step(widget)]);
    for (const each of [deployment, replicaSet, pod]) show(each.kind, each);
    const stranger = object('apps/v1', 'Deployment', 'stranger');
    change(newer(replicaSet, { ownerReferences: object('v1', 'x', 'x', stranger).metadata.ownerReferences ?? [] }));
    assert.deepEqual(names(stepOf(idOf(widget))?.pods), []);
    assert.deepEqual(names(stepOf(idOf(widget))?.children), ['web']);
  });

  test('a kind that is not served any more has no objects', () => {
    const { show, trouble, stepOf, seen, rest } = look([step(widget)]);
    for (const kind of ['Pod', 'Deployment', 'ReplicaSet']) show(kind);
    rest();
    show('Widget', widget);
    assert.ok(stepOf(idOf(widget))?.object);
    trouble('Widget', new BookendError('not-found', 'no kind Widget'));
    assert.equal(stepOf(idOf(widget))?.object, undefined);
    assert.equal(seen().synced, true);
    assert.equal(seen().lagging, undefined);
  });

  test('an object of the same name and another UID is not the step’s, and what the API server said is gone is gone', () => {
    const { show, stepOf } = look([step(widget)]);
    show('Widget', newer(widget, { uid: 'another' }));
    assert.equal(stepOf(idOf(widget))?.object, undefined);
    show('Widget', newer(widget, {}));
    assert.ok(stepOf(idOf(widget))?.object);
    assert.equal(stepOf(idOf(widget), { goneUids: new Set([widget.metadata.uid ?? '']) })?.object, undefined);
  });
});

describe('watches by label', () => {
  const labels = { [clusterOperatorLabel]: 'op' };
  const settings = object('v1', 'ConfigMap', 'settings', undefined, labels);
  const mine = step(settings, { component: 'x' });

  test('declared objects are watched by label, found ones by kind', () => {
    const { queries } = look([mine, step(widget)], 'op');
    assert.equal(queries().find(({ kind }) => kind === 'ConfigMap')?.labelSelector, `${clusterOperatorLabel}=op`);
    assert.equal(queries().find(({ kind }) => kind === 'Widget')?.labelSelector, undefined);
    assert.equal(queries().find(({ kind }) => kind === 'ConfigMap')?.metadataOnly, true);
  });

  test('what disappears from them without having been deleted is doubtful', () => {
    const one = look([mine], 'op');
    one.show('ConfigMap', settings);
    one.remove(settings);
    assert.equal(one.stepOf(mine.id)?.doubtful, true);
    const two = look([mine], 'op');
    two.show('ConfigMap', settings);
    two.change(newer(settings, { deletionTimestamp: '2026-11-22T10:00:00Z', finalizers: ['x'] }));
    two.remove(newer(settings, {}));
    assert.equal(two.stepOf(mine.id)?.doubtful, undefined);
    const three = look([mine], 'op');
    three.show('ConfigMap');
    assert.equal(three.stepOf(mine.id, { goneUids: new Set([settings.metadata.uid ?? '']) })?.doubtful, undefined);
  });

  test('what a current read found is the step’s object until it is deleted', () => {
    const { show, stepOf } = look([mine], 'op');
    show('ConfigMap');
    assert.ok(stepOf(mine.id, { found: new Map([[mine.id, [settings]]]) })?.object);
    const going = newer(settings, { deletionTimestamp: '2026-11-22T10:00:00Z' });
    assert.equal(stepOf(mine.id, { found: new Map([[mine.id, [going]]]) })?.object, undefined);
  });

  test('our label makes nothing a newcomer, and no object of another UID ours', () => {
    const { show, sight, stepOf } = look([mine], 'op');
    const late = object('v1', 'ConfigMap', 'late', undefined, labels);
    show('ConfigMap', late, newer(settings, { uid: 'another' }));
    assert.deepEqual(sight.newcomers(), []);
    assert.equal(stepOf(mine.id)?.object, undefined);
  });

  test('an object is ours by the UID that the survey has found, even when the plan had another', () => {
    const { show, stepOf } = look([mine], 'op', new Map([['found', mine.id]]));
    show('ConfigMap', newer(settings, { uid: 'found' }));
    assert.equal(stepOf(mine.id)?.object?.ref.uid, 'found');
  });
});

describe('custom resources that no step stands for', () => {
  const definition: KubernetesObject = {
    ...object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'widgets.example.dev'),
    metadata: { name: 'widgets.example.dev', uid: 'ours', resourceVersion: '1' },
  };
  const definer = step(definition, { defines: { apiVersion: 'example.dev/v1', kind: 'Widget' } });
  const newcomers = ({ sight }: ReturnType<typeof look>) => sight.newcomers().map(({ metadata }) => metadata.name);

  test('are newcomers while their definition is the planned one', () => {
    const one = look([definer]);
    one.show('CustomResourceDefinition', definition);
    one.show('Widget', widget);
    assert.deepEqual(newcomers(one), ['w']);
    assert.deepEqual(names(one.stepOf(definer.id)?.children), ['w']);
  });

  test('are somebody else’s once the planned definition is gone, or another has taken its name', () => {
    for (const theirs of [undefined, newer(definition, { uid: 'theirs' })]) {
      const one = look([definer, step(newer(widget, { uid: 'earlier' }))]);
      one.show('CustomResourceDefinition', definition);
      one.change(newer(definition, { deletionTimestamp: '2026-11-22T10:00:00Z' }));
      one.remove(newer(definition, {}));
      if (theirs) one.show('CustomResourceDefinition', theirs);
      one.show('Widget', widget, object('example.dev/v1', 'Widget', 'v'));
      assert.deepEqual(newcomers(one), []);
      assert.deepEqual(names(one.stepOf(definer.id)?.children), []);
      assert.equal(one.stepOf(idOf(widget))?.object, undefined);
    }
  });
});

describe('Pods that the owners do not prove', () => {
  const web = object('apps/v1', 'Deployment', 'web');
  const mine = step(web);

  test('without an owner are not shown at all, whatever their labels; once seen with it they stay, and are ownerless', () => {
    const { show, change, stepOf } = look([mine]);
    show('Deployment', web);
    show('ReplicaSet', newer(replicaSet, { ownerReferences: object('v1', 'x', 'x', web).metadata.ownerReferences ?? [] }));
    show('Pod', pod, object('v1', 'Pod', 'web-1-y', undefined, { app: 'web' }));
    assert.deepEqual(names(stepOf(mine.id)?.pods), ['web-1-x']);
    change(newer(pod, { ownerReferences: [] }));
    const { pods = [], strays } = stepOf(mine.id) ?? {};
    assert.deepEqual(
      pods.map(({ ref, ownerless }) => [ref.name, ownerless]),
      [['web-1-x', true]],
    );
    assert.equal(strays, undefined);
  });

  test('because their ReplicaSet was never seen are strays until it is', () => {
    const { show, change, stepOf } = look([mine]);
    show('Deployment', web);
    show('ReplicaSet');
    show('Pod', pod);
    assert.deepEqual([names(stepOf(mine.id)?.pods), names(stepOf(mine.id)?.strays)], [[], ['web-1-x']]);
    change(newer(replicaSet, { ownerReferences: object('v1', 'x', 'x', web).metadata.ownerReferences ?? [] }));
    assert.deepEqual([names(stepOf(mine.id)?.pods), names(stepOf(mine.id)?.strays)], [['web-1-x'], []]);
  });
});

describe('a step that is a Pod', () => {
  const single = { ...object('v1', 'Pod', 'single'), spec: { containers: [{ name: 'c' }] }, status: { phase: 'Running' } };

  test('is seen with its containers, so that its blocker can name them', () => {
    const { show, stepOf } = look([step(single)]);
    show('Pod', single);
    const seen = stepOf(idOf(single));
    assert.equal(seen?.object?.ref.name, 'single');
    assert.deepEqual(seen?.pods[0]?.containers, [{ name: 'c', running: false, preStop: false }]);
  });
});
