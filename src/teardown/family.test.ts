import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { Family, type PodMark } from './family.ts';

type Owner = [kind: string, name: string, controller?: boolean];

/** An object whose UID is `kind/name`, owned by objects whose UIDs are built the same way. */
function object(kind: string, name: string, owners: Owner[] = [], labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind,
    metadata: {
      name,
      namespace: 'a',
      uid: `${kind}/${name}`,
      labels,
      ownerReferences: owners.map(([ownerKind, ownerName, controller = true]) => ({
        apiVersion: 'v1',
        kind: ownerKind,
        name: ownerName,
        uid: `${ownerKind}/${ownerName}`,
        controller,
      })),
    },
  };
}

const id = (text: string) => text as ObjectId;
const deployment = id('Deployment.apps/a/web');
const daemonSet = id('DaemonSet.apps/a/agent');
const steps = new Map([
  ['Deployment/web', deployment],
  ['DaemonSet/agent', daemonSet],
]);
const labels = { app: 'web' };
const marks: PodMark[] = [
  { step: deployment, namespace: 'a', labels },
  { step: daemonSet, namespace: 'a', labels: { app: 'agent' } },
];
const family = (more: PodMark[] = marks) => new Family(steps, more, new Set(steps.values()));

describe('by owner chain', () => {
  test('a ReplicaSet and its Pods belong to the Deployment, in whatever order they are shown once both are known', () => {
    const known = family([]);
    const pod = object('Pod', 'p', [['ReplicaSet', 'web-1']]);
    assert.equal(known.stepOf(pod), undefined);
    assert.equal(known.stepOf(object('ReplicaSet', 'web-1', [['Deployment', 'web']])), deployment);
    assert.equal(known.stepOf(pod), deployment);
  });

  test('a Pod is found even when its ReplicaSet has gone before it', () => {
    const known = family([]);
    known.learn(object('ReplicaSet', 'web-1', [['Deployment', 'web']]));
    assert.equal(known.stepOf(object('Pod', 'p', [['ReplicaSet', 'web-1']])), deployment);
  });

  test('a step is no child of itself, whatever owns it', () => {
    const owned = { ...object('Deployment', 'web', [['DaemonSet', 'agent']]), apiVersion: 'apps/v1' };
    assert.equal(family().stepOf(owned), undefined);
  });

  test('owners in a circle lead nowhere, and end', () => {
    const known = family();
    known.learn(
      object('Widget', 'x', [
        ['Widget', 'y'],
        ['Widget', 'x', false],
      ]),
    );
    known.learn(
      object('Widget', 'y', [
        ['Widget', 'x'],
        ['Widget', 'z', false],
      ]),
    );
    known.learn(
      object('Widget', 'z', [
        ['Widget', 'y'],
        ['Widget', 'x', false],
      ]),
    );
    assert.equal(known.stepOf(object('Pod', 'p', [['Widget', 'x']])), undefined);
  });

  test('one of several owners is enough, and it is no longer enough once it is no owner any more', () => {
    const known = family();
    assert.equal(
      known.stepOf(
        object('Secret', 's', [
          ['Widget', 'x'],
          ['DaemonSet', 'agent', false],
        ]),
      ),
      daemonSet,
    );
    assert.equal(known.stepOf(object('Secret', 's', [['Widget', 'x']])), undefined);
  });

  test('a step that is made anew owns what its new UID owns', () => {
    const known = family([]);
    const pod = object('Pod', 'p', [['DaemonSet', 'agent-anew']]);
    assert.equal(known.stepOf(pod), undefined);
    known.addStep('DaemonSet/agent-anew', daemonSet);
    assert.equal(known.stepOf(pod), daemonSet);
  });

  test('long chains are followed to their end', () => {
    const known = family([]);
    for (let link = 1; link < 40; link++) known.learn(object('Widget', `${link}`, [['Widget', `${link + 1}`]]));
    known.learn(object('Widget', '40', [['DaemonSet', 'agent']]));
    assert.equal(known.stepOf(object('Pod', 'p', [['Widget', '1']])), daemonSet);
  });
});

describe('by labels', () => {
  test('a Pod that was orphaned is recognised by what its workload selects', () => {
    assert.equal(family().stepOf(object('Pod', 'p', [], { app: 'agent', extra: '1' })), daemonSet);
    assert.equal(family().stepOf(object('Pod', 'p', [], { app: 'other' })), undefined);
  });

  test('only in the workload’s namespace', () => {
    const elsewhere = object('Pod', 'p', [], { app: 'agent' });
    elsewhere.metadata.namespace = 'b';
    assert.equal(family().stepOf(elsewhere), undefined);
  });

  test('an orphaned ReplicaSet is recognised, and its Pods through it', () => {
    const known = family();
    const pod = object('Pod', 'p', [['ReplicaSet', 'web-1']], labels);
    assert.equal(known.stepOf(object('ReplicaSet', 'web-1', [], labels)), deployment);
    assert.equal(known.stepOf(pod), deployment);
  });

  test('an orphaned ControllerRevision is recognised', () => {
    assert.equal(family().stepOf(object('ControllerRevision', 'agent-1', [], { app: 'agent' })), daemonSet);
  });

  test('a ConfigMap, a Deployment or a Job with the same labels is nobody’s', () => {
    for (const kind of ['ConfigMap', 'Deployment', 'Job', 'Service']) {
      assert.equal(family().stepOf(object(kind, 'x', [], labels)), undefined, kind);
    }
  });

  test('a Pod with a living owner of its own is never claimed, however much it looks like ours', () => {
    const known = family();
    const pod = object('Pod', 'web-2-p', [['ReplicaSet', 'web-2']], labels);
    known.learn(object('ReplicaSet', 'web-2', [['Deployment', 'web-2']], labels));
    assert.equal(known.stepOf(pod), undefined);
  });

  test('a Pod whose ReplicaSet went before anybody looked is recognised by name and labels together', () => {
    const lost = (name: string, replicaSet: string, own: Record<string, string>) =>
      family().stepOf(object('Pod', name, [['ReplicaSet', replicaSet]], own));
    assert.equal(lost('p', 'web-5d8', labels), deployment);
    assert.equal(lost('p', 'shop-5d8', labels), undefined);
    assert.equal(lost('p', 'web-5d8', { app: 'other' }), undefined);
  });

  test('such a Pod is given back when its ReplicaSet turns out to live for somebody else', () => {
    const known = family();
    const pod = object('Pod', 'p', [['ReplicaSet', 'web-api-5d8']], labels);
    assert.equal(known.stepOf(pod), deployment);
    known.learn(object('ReplicaSet', 'web-api-5d8', [['Deployment', 'web-api']], labels));
    assert.equal(known.stepOf(pod), undefined);
  });

  test('a Pod of a DaemonSet of the same name but another UID is somebody else’s', () => {
    assert.equal(family().stepOf(object('Pod', 'p', [['DaemonSet', 'agent-of-others']], { app: 'agent' })), undefined);
  });

  test('a mark without labels marks nothing', () => {
    assert.equal(family([{ step: daemonSet, namespace: 'a', labels: {} }]).stepOf(object('Pod', 'p')), undefined);
  });

  test('nothing is adopted for a CronJob, whose controller adopts nothing', () => {
    const known = family([{ step: id('CronJob.batch/a/nightly'), namespace: 'a', labels }]);
    assert.equal(known.stepOf(object('Pod', 'p', [], labels)), undefined);
    assert.equal(known.stepOf(object('Pod', 'p', [['Job', 'nightly-1']], labels)), id('CronJob.batch/a/nightly'));
  });

  test('the Pods of a StatefulSet bear its name', () => {
    const set = id('StatefulSet.apps/a/db');
    const known = family([{ step: set, namespace: 'a', labels }]);
    assert.equal(known.stepOf(object('Pod', 'db-0', [], labels)), set);
    assert.equal(known.stepOf(object('Pod', 'other-0', [], labels)), undefined);
  });

  test('the workload of a custom resource marks Pods for the custom resource', () => {
    const widget = id('Widget.example.dev/a/w');
    const known = family([
      { step: widget, namespace: 'a', labels: { app: 'w' }, workload: { kind: 'DaemonSet', name: 'w-agent' } },
    ]);
    assert.equal(known.stepOf(object('Pod', 'p', [], { app: 'w' })), widget);
  });
});
