import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ObjectId } from '../objects/identity.ts';
import type { KubernetesObject } from '../objects/object.ts';
import { Family } from './family.ts';

type Owner = [kind: string, name: string, controller?: boolean, uid?: string];

const groups: Record<string, string> = {
  ...{ Deployment: 'apps/v1', DaemonSet: 'apps/v1', ReplicaSet: 'apps/v1' },
  ...{ Job: 'batch/v1', CronJob: 'batch/v1', Widget: 'example.dev/v1' },
};

/** An object whose UID is `kind/name`, owned by objects whose UIDs are built the same way. */
function object(kind: string, name: string, owners: Owner[] = [], labels: Record<string, string> = {}): KubernetesObject {
  return {
    apiVersion: groups[kind] ?? 'v1',
    kind,
    metadata: {
      name,
      namespace: 'a',
      uid: `${kind}/${name}`,
      labels,
      ownerReferences: owners.map(([ownerKind, ownerName, controller = true, uid = `${ownerKind}/${ownerName}`]) => ({
        apiVersion: groups[ownerKind] ?? 'v1',
        kind: ownerKind,
        name: ownerName,
        uid,
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
const family = (recorded?: ReadonlyMap<string, ObjectId>) => new Family(steps, new Set(steps.values()), recorded);

describe('by owner chain', () => {
  test('a ReplicaSet and its Pods belong to the Deployment, in whatever order they are shown once both are known', () => {
    const known = family();
    const pod = object('Pod', 'p', [['ReplicaSet', 'web-1']]);
    assert.equal(known.stepOf(pod), undefined);
    assert.equal(known.stepOf(object('ReplicaSet', 'web-1', [['Deployment', 'web']])), deployment);
    assert.equal(known.stepOf(pod), deployment);
  });

  test('a Pod is found even when its ReplicaSet has gone before it', () => {
    const known = family();
    known.learn(object('ReplicaSet', 'web-1', [['Deployment', 'web']]));
    assert.equal(known.stepOf(object('Pod', 'p', [['ReplicaSet', 'web-1']])), deployment);
  });

  test('a Pod is found although nobody has seen its ReplicaSet, if the plan has recorded that', () => {
    const known = family();
    known.addBetween(['ReplicaSet/web-1'], deployment);
    assert.deepEqual(known.kinshipOf(object('Pod', 'p', [['ReplicaSet', 'web-1']])), { step: deployment, how: 'owned' });
    const elsewhere = object('Pod', 'p', [['ReplicaSet', 'web-1']]);
    elsewhere.metadata.namespace = 'b';
    assert.equal(known.stepOf(elsewhere), undefined);
    // What lives says itself who owns it.
    known.learn(object('ReplicaSet', 'web-1', [['Deployment', 'other']]));
    assert.equal(known.stepOf(object('Pod', 'p', [['ReplicaSet', 'web-1']])), undefined);
  });

  test('a step is no child of itself, whatever owns it', () => {
    assert.equal(family().stepOf(object('Deployment', 'web', [['DaemonSet', 'agent']])), undefined);
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

  test('a step that is created again owns what its new UID owns', () => {
    const known = family();
    const pod = object('Pod', 'p', [['DaemonSet', 'agent', true, 'DaemonSet/again']]);
    assert.equal(known.stepOf(pod), undefined);
    known.addStep('DaemonSet/again', daemonSet);
    assert.equal(known.stepOf(pod), daemonSet);
  });

  test('an owner reference whose kind or name is not that of its UID leads nowhere', () => {
    const known = family();
    known.learn(object('ReplicaSet', 'web-1', [['Deployment', 'web']]));
    const forged: Owner[] = [
      ['DaemonSet', 'other', true, 'DaemonSet/agent'],
      ['Widget', 'agent', true, 'DaemonSet/agent'],
      ['ReplicaSet', 'other', true, 'ReplicaSet/web-1'],
      ['Widget', 'web-1', true, 'ReplicaSet/web-1'],
    ];
    for (const owner of forged) assert.equal(known.kinshipOf(object('Pod', 'p', [owner])), undefined, owner.join(' '));
  });

  test('an object that lives is no child of a step that only claims its UID, and neither is what it owns', () => {
    const ghost = id('Widget.example.dev/a/ghost');
    const known = new Family(new Map([['Deployment/victim', ghost]]), new Set([ghost]));
    assert.equal(known.kinshipOf(object('Deployment', 'victim')), undefined);
    assert.equal(known.kinshipOf(object('ReplicaSet', 'victim-1', [['Deployment', 'victim']])), undefined);
    assert.equal(known.kinshipOf(object('Pod', 'p', [['ReplicaSet', 'victim-1']])), undefined);
  });

  test('long chains are followed to their end', () => {
    const known = family();
    for (let link = 1; link < 40; link++) known.learn(object('Widget', `${link}`, [['Widget', `${link + 1}`]]));
    known.learn(object('Widget', '40', [['DaemonSet', 'agent']]));
    assert.equal(known.stepOf(object('Pod', 'p', [['Widget', '1']])), daemonSet);
  });
});

describe('an owner in another namespace', () => {
  test('owns nothing, as the garbage collector has it', () => {
    const pod = object('Pod', 'p', [['DaemonSet', 'agent']]);
    pod.metadata.namespace = 'b';
    assert.equal(family().stepOf(pod), undefined);
    const known = family();
    known.learn(object('ReplicaSet', 'web-1', [['Deployment', 'web']]));
    const further = object('Pod', 'p', [['ReplicaSet', 'web-1']]);
    further.metadata.namespace = 'b';
    assert.equal(known.stepOf(further), undefined);
  });

  test('owns nothing of the cluster either, while a cluster-scoped owner owns in every namespace', () => {
    const { namespace: _, ...metadata } = object('Widget', 'w', [['DaemonSet', 'agent']]).metadata;
    assert.equal(family().stepOf({ ...object('Widget', 'w'), metadata }), undefined);
    const widget = id('Widget.example.dev/w');
    const known = new Family(new Map([['Widget/w', widget]]), new Set([widget]));
    assert.equal(known.stepOf(object('Pod', 'p', [['Widget', 'w']])), widget);
  });
});

describe('without an owner', () => {
  test('nothing is ours, whatever labels and names it has', () => {
    const labels = { app: 'agent', 'bookend.dev/clusteroperator': 'node-agent' };
    for (const kind of ['Pod', 'ReplicaSet', 'ControllerRevision', 'ConfigMap', 'Deployment', 'Job', 'Service']) {
      for (const name of ['agent-x7', 'web-5d8', 'web-5d8-p', 'x']) {
        assert.equal(family().kinshipOf(object(kind, name, [], labels)), undefined, `${kind} ${name}`);
      }
    }
  });

  test('what was seen with its owner before stays ours, and so do the Pods of an orphaned ReplicaSet', () => {
    const known = family();
    known.stepOf(object('Pod', 'p', [['DaemonSet', 'agent']]));
    assert.deepEqual(known.kinshipOf(object('Pod', 'p')), { step: daemonSet, how: 'orphaned' });
    known.stepOf(object('ReplicaSet', 'web-1', [['Deployment', 'web']]));
    assert.deepEqual(known.kinshipOf(object('ReplicaSet', 'web-1')), { step: deployment, how: 'orphaned' });
    assert.deepEqual(known.kinshipOf(object('Pod', 'q', [['ReplicaSet', 'web-1']])), { step: deployment, how: 'owned' });
  });

  test('what an earlier look has seen with its owner stays ours', () => {
    const known = family(new Map([['Pod/p', daemonSet]]));
    assert.deepEqual(known.kinshipOf(object('Pod', 'p')), { step: daemonSet, how: 'orphaned' });
    assert.equal(known.kinshipOf(object('Pod', 'q')), undefined);
  });

  test('what another owner has taken over is that one’s, although it was ours', () => {
    const known = family();
    known.stepOf(object('Pod', 'p', [['DaemonSet', 'agent']]));
    assert.equal(known.kinshipOf(object('Pod', 'p', [['DaemonSet', 'theirs']])), undefined);
    assert.equal(known.kinshipOf(object('Pod', 'p', [['DaemonSet', 'theirs', false]])), undefined);
  });
});

describe('a Pod whose ReplicaSet or Job was gone before anybody looked', () => {
  const lost = (owner: Owner, namespace = 'a', known = family()) => {
    const pod = object('Pod', 'p', [owner], { app: 'web' });
    pod.metadata.namespace = namespace;
    return known.kinshipOf(pod);
  };

  test('is possibly of the Deployment that names its ReplicaSets so, and provably of nobody', () => {
    assert.deepEqual(lost(['ReplicaSet', 'web-5d8']), { step: deployment, how: 'possible' });
    assert.equal(family().stepOf(object('Pod', 'p', [['ReplicaSet', 'web-5d8']], { app: 'web' })), undefined);
  });

  test('is not of a Deployment of another name, of another namespace, or that only shares the beginning of its name', () => {
    assert.equal(lost(['ReplicaSet', 'shop-5d8']), undefined);
    assert.equal(lost(['ReplicaSet', 'web-5d8'], 'b'), undefined);
    assert.equal(lost(['ReplicaSet', 'web-api-5d8']), undefined);
    assert.equal(lost(['ReplicaSet', 'web']), undefined);
    assert.equal(lost(['ReplicaSet', 'web-5d8', false]), undefined);
  });

  test('is given back when its ReplicaSet turns out to live for somebody else', () => {
    const known = family();
    assert.equal(lost(['ReplicaSet', 'web-5d8'], 'a', known)?.how, 'possible');
    known.learn(object('ReplicaSet', 'web-5d8', [['Deployment', 'theirs']]));
    assert.equal(lost(['ReplicaSet', 'web-5d8'], 'a', known), undefined);
  });

  test('is possibly of the CronJob that names its Jobs so', () => {
    const nightly = id('CronJob.batch/a/nightly');
    const known = new Family(new Map([['CronJob/nightly', nightly]]), new Set([nightly]));
    assert.deepEqual(lost(['Job', 'nightly-29400001'], 'a', known), { step: nightly, how: 'possible' });
  });

  test('is possibly of the custom resource that made the Deployment', () => {
    const widget = id('Widget.example.dev/a/w');
    const known = new Family(new Map([['Widget/w', widget]]), new Set([widget]));
    known.learn(object('Deployment', 'made', [['Widget', 'w']]));
    assert.deepEqual(lost(['ReplicaSet', 'made-5d8'], 'a', known), { step: widget, how: 'possible' });
  });

  test('of a DaemonSet of the same name but another UID is somebody else’s', () => {
    assert.equal(lost(['DaemonSet', 'agent-x']), undefined);
  });
});
