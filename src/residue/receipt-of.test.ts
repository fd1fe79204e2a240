import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idOf } from '../objects/identity.ts';
import type { Receipt, Residue } from './receipt.ts';
import { receiptOf } from './receipt-of.ts';
import { unknownRelease } from './release-facts.ts';
import {
  clusterWide,
  definition,
  facts,
  keeper,
  keepMe,
  marked,
  namespace,
  node,
  object,
  openShop,
  program,
  release,
  settings,
} from './testing/shop.ts';

const found = ({ residue }: Receipt) => residue.map(({ what, id, field }) => [what, field?.path ?? id].join(' '));
const confidenceOf = ({ residue }: Receipt, id: string) => residue.find((each) => each.id === id)?.confidence;
const only = ({ residue }: Receipt): Residue => {
  assert.equal(residue.length, 1, JSON.stringify(residue.map(({ id }) => id)));
  return residue[0] as Residue;
};

describe('the receipt of an uninstall', () => {
  test('everything of the release is gone: clean, with all that went by UID', async () => {
    const shop = await openShop();
    await shop.install(keeper, settings);
    const before = await shop.snapshot();
    await shop.remove(keeper, settings);
    const receipt = receiptOf({ release: facts([keeper, settings]), before, after: await shop.snapshot() });
    assert.deepEqual(receipt.residue, []);
    assert.equal(receipt.verdict, 'clean');
    const kinds = new Set(receipt.gone.map(({ id }) => id.split('/')[0]));
    assert.deepEqual([...kinds].sort(), ['ConfigMap', 'Deployment.apps', 'Pod', 'ReplicaSet.apps']);
  });

  test('an object of the release that is still there is certain, and so are its children', async () => {
    const shop = await openShop();
    await shop.install(keeper, settings);
    const before = await shop.snapshot();
    await shop.remove(settings);
    const receipt = receiptOf({ release: facts([keeper, settings]), before, after: await shop.snapshot() });
    assert.equal(receipt.verdict, 'residue');
    assert.ok(receipt.residue.every(({ confidence }) => confidence === 'certain'));
    assert.deepEqual(receipt.residue.map(({ what }) => what).sort(), ['child', 'child', 'object']);
  });

  test('what goes with an object of others that was deleted is gone too', async () => {
    const shop = await openShop();
    await shop.install(settings);
    const theirs = await shop.put(object('v1', 'ConfigMap', 'theirs'));
    const { uid = '' } = theirs.metadata;
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid }];
    await shop.put({ ...object('v1', 'Secret', 'child'), metadata: { name: 'child', namespace, ownerReferences } });
    const before = await shop.snapshot();
    await shop.remove(settings, theirs);
    const given = { release: facts([settings]), before, after: await shop.snapshot() };
    assert.deepEqual(
      receiptOf({ ...given, gone: [{ id: idOf(theirs), uid }] }).gone.map(({ id }) => id),
      [idOf(theirs), 'ConfigMap/shop-ns/settings', 'Secret/shop-ns/child'],
    );
    assert.deepEqual(
      receiptOf(given).gone.map(({ id }) => id),
      ['ConfigMap/shop-ns/settings'],
      'nobody deleted it',
    );
  });

  test('a child outlives its owner that is gone: the UID of the owner tells whose it was', async () => {
    const shop = await openShop();
    await shop.install(settings);
    const owner = await shop.put(object('v1', 'ConfigMap', 'owner'), program);
    const before = await shop.snapshot();
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' };
    const child = await shop.put({
      ...object('v1', 'Secret', 'child'),
      metadata: { name: 'child', namespace, ownerReferences: [reference] },
    });
    const middle = await shop.snapshot();
    const both = { ...middle, objects: new Map([...before.objects, ...middle.objects]) };
    await shop.simulated.cluster.patch(
      { apiVersion: 'v1', kind: 'Secret', name: 'child', namespace },
      { type: 'merge', value: { metadata: { finalizers: ['example.org/hold'] } } },
      { fieldManager: 'kubectl-edit' },
    );
    await shop.remove(settings, object('v1', 'ConfigMap', 'owner'));
    const receipt = receiptOf({
      release: facts([settings, object('v1', 'ConfigMap', 'owner')]),
      before: both,
      after: await shop.snapshot(),
    });
    const left = only(receipt);
    assert.deepEqual([left.what, left.id, left.confidence], ['child', idOf(child), 'certain']);
    assert.match(left.remedy.loses ?? '', /example\.org\/hold must be removed by its controller/);
  });

  test('what the chart keeps is kept by its wish, and is no residue', async () => {
    const shop = await openShop();
    await shop.install(keepMe, settings);
    const before = await shop.snapshot();
    await shop.remove(settings);
    const receipt = receiptOf({ release: facts([keepMe, settings]), before, after: await shop.snapshot() });
    assert.deepEqual(
      receipt.kept.map(({ id, by }) => [id, by]),
      [[idOf(keepMe), 'chart']],
    );
    assert.equal(receipt.verdict, 'clean');
  });

  test('a hook object that nobody removed', async () => {
    const shop = await openShop();
    const hook = {
      ...object('v1', 'ConfigMap', 'hook'),
      metadata: { name: 'hook', namespace, annotations: { 'helm.sh/hook': 'pre-delete' } },
    };
    await shop.install(settings);
    const before = await shop.snapshot();
    await shop.put(hook, 'helm');
    await shop.remove(settings);
    const receipt = receiptOf({
      release: facts([settings], { hooks: [{ object: hook }] }),
      before,
      after: await shop.snapshot(),
    });
    const left = only(receipt);
    assert.deepEqual([left.what, left.confidence], ['hook', 'likely']);
    assert.deepEqual(left.remedy.steps, [
      { do: 'run', when: 'after', argv: ['kubectl', 'delete', 'configmaps/hook', '-n', namespace] },
    ]);
  });

  test('what a program of the release made is named with that program', async () => {
    const shop = await openShop();
    await shop.install(keeper);
    const before = await shop.snapshot();
    await shop.put(object('v1', 'Secret', 'shop-tls'), program);
    await shop.put(object('coordination.k8s.io/v1', 'Lease', 'leader'), program);
    await shop.put({ ...object('v1', 'ConfigMap', 'far'), metadata: { name: 'far', namespace: 'other-ns' } }, program);
    await shop.remove(keeper);
    const receipt = receiptOf({ release: facts([keeper]), before, after: await shop.snapshot() });
    assert.deepEqual(found(receipt), [
      `lease Lease.coordination.k8s.io/${namespace}/leader`,
      `secret Secret/${namespace}/shop-tls`,
      'config-map ConfigMap/other-ns/far',
    ]);
    assert.ok(receipt.residue.every((each) => each.program === program));
    assert.equal(confidenceOf(receipt, 'ConfigMap/other-ns/far'), 'possible', 'a word that anybody can choose, alone');
  });

  test('a program called manager needs more to be believed: its namespace, and its name in the manifest', async () => {
    const shop = await openShop();
    const containers = [{ name: 'manager', image: 'example.com/op:1', args: ['--secret=serving', '--say=it is far away'] }];
    const spec = {
      selector: { matchLabels: { app: 'm' } },
      template: { metadata: { labels: { app: 'm' } }, spec: { containers } },
    };
    const operator = object('apps/v1', 'Deployment', 'controller-manager', { spec });
    await shop.put(object('v1', 'Secret', 'serving'), 'manager');
    await shop.put(object('coordination.k8s.io/v1', 'Lease', 'leader'), 'manager');
    await shop.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'far', namespace: 'other-ns' } }, 'manager');
    const receipt = receiptOf({ release: facts([operator]), after: await shop.snapshot() });
    assert.deepEqual(
      receipt.residue.map(({ id, confidence }) => [id, confidence]),
      [
        [`Secret/${namespace}/serving`, 'likely'],
        [`Lease.coordination.k8s.io/${namespace}/leader`, 'possible'],
      ],
    );
  });

  test('a key in a domain of its kinds says what it is for, and makes it no surer: who made it chose the key', async () => {
    const shop = await openShop();
    const containers = [{ name: 'keeper', image: 'example.com/keeper:1', command: ['controller'] }];
    const template = { metadata: { labels: { app: 'k' } }, spec: { containers } };
    const operator = object('apps/v1', 'Deployment', 'keeper', { spec: { selector: { matchLabels: { app: 'k' } }, template } });
    const key = object('v1', 'Secret', 'key');
    await shop.put({ ...key, metadata: { ...key.metadata, labels: { 'keys.shop.example/sealing': 'active' } } }, 'controller');
    const receipt = receiptOf({ release: facts([operator], { crds: [{ object: definition }] }), after: await shop.snapshot() });
    const left = only(receipt);
    assert.deepEqual([left.id, left.confidence], [`Secret/${namespace}/key`, 'possible']);
    assert.equal(left.evidence.at(-1)?.field, 'metadata.labels[keys.shop.example/sealing]');
  });

  test('the definition in crds/ is residue, and its custom resources are possible: somebody may need them', async () => {
    const shop = await openShop();
    await shop.put(definition, 'helm');
    await shop.simulated.settle();
    await shop.install(keeper);
    await shop.put(object('shop.example/v1', 'Widget', 'w'), 'kubectl-create');
    await shop.remove(keeper);
    const receipt = receiptOf({ release: facts([keeper], { crds: [{ object: definition }] }), after: await shop.snapshot() });
    assert.deepEqual(found(receipt), [
      'definition CustomResourceDefinition.apiextensions.k8s.io/widgets.shop.example',
      `custom-resource Widget.shop.example/${namespace}/w`,
    ]);
    assert.ok(
      receipt.residue.every(({ confidence }) => confidence === 'possible'),
      'with it the widget of others would go',
    );
    assert.equal(receipt.verdict, 'clean-as-far-as-seen');
  });

  test('the claims of a StatefulSet have its name, and their volumes the UID of the claim', async () => {
    const shop = await openShop();
    const db = object('apps/v1', 'StatefulSet', 'db', { spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } });
    const claim = await shop.put(
      object('v1', 'PersistentVolumeClaim', 'data-db-0', {
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
      }),
    );
    await shop.put(
      clusterWide('v1', 'PersistentVolume', `pvc-${claim.metadata.uid}`, {
        spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/x' } },
      }),
    );
    const receipt = receiptOf({ release: facts([db]), after: await shop.snapshot() });
    assert.deepEqual(
      found(receipt).map((each) => each.split('/')[0]),
      ['storage PersistentVolume', 'storage PersistentVolumeClaim'],
    );
    assert.ok(receipt.residue.every(({ confidence }) => confidence === 'likely'));
  });

  test("a webhook whose Service was the release's", async () => {
    const shop = await openShop();
    const service = object('v1', 'Service', 'hook', { spec: { ports: [{ port: 443 }] } });
    const webhook = clusterWide('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'at-run-time', {
      webhooks: [
        {
          name: 'a.shop.example',
          clientConfig: { service: { namespace, name: 'hook' } },
          rules: [],
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
        },
      ],
    });
    await shop.put(webhook, 'something');
    const receipt = receiptOf({ release: facts([service]), after: await shop.snapshot() });
    const left = only(receipt);
    assert.deepEqual([left.what, left.confidence], ['webhook', 'likely']);
    assert.match(left.evidence[0]?.says ?? '', /calls Service shop-ns\/hook, .* and which does not exist/);
  });
});

describe('a binding that the release does not name', () => {
  const account = object('v1', 'ServiceAccount', 'keeper');
  const elsewhere = { kind: 'ServiceAccount', name: 'reader', namespace: 'other-ns' };
  const ours = { kind: 'ServiceAccount', name: 'keeper', namespace };
  const receiptWith = async (subjects: object[], { remove = true, manager = program } = {}) => {
    const shop = await openShop();
    await shop.install(account);
    await shop.put(
      clusterWide('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'granted', {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
        subjects,
      }),
      manager,
    );
    const before = await shop.snapshot();
    if (remove) await shop.remove(account);
    return receiptOf({ release: facts([account]), before, after: await shop.snapshot() });
  };

  test('is left where it binds accounts of the release alone, and they are gone', async () => {
    const left = only(await receiptWith([ours]));
    assert.deepEqual(
      [left.what, left.id, left.confidence],
      ['access', 'ClusterRoleBinding.rbac.authorization.k8s.io/granted', 'likely'],
    );
    assert.match(left.evidence[0]?.says ?? '', /binds ServiceAccount shop-ns\/keeper, .* who makes it again has these rights/);
    assert.deepEqual(left.remedy.steps, [
      { do: 'run', when: 'after', argv: ['kubectl', 'delete', 'clusterrolebindings.rbac.authorization.k8s.io/granted'] },
    ]);
  });

  test('may be wanted where a person made it', async () => {
    const receipt = await receiptWith([ours], { manager: 'kubectl-create' });
    assert.deepEqual([only(receipt).confidence, receipt.verdict], ['possible', 'clean-as-far-as-seen']);
  });

  test('is of others where it binds anybody else too, or the account is still there', async () => {
    const names = async (subjects: object[], remove = true) => found(await receiptWith(subjects, { remove }));
    assert.deepEqual(await names([ours, elsewhere]), []);
    assert.deepEqual(await names([ours, { kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' }]), []);
    assert.deepEqual(await names([elsewhere]), []);
    assert.deepEqual(await names([ours], false), ['access ServiceAccount/shop-ns/keeper']);
  });
});

describe('fields on objects of others', () => {
  test('the label of a program is named with it, on an object that stays', async () => {
    const shop = await openShop();
    await shop.install(keeper);
    const before = await shop.snapshot();
    await shop.label(node, 'anything', 'x', program);
    await shop.remove(keeper);
    const left = only(receiptOf({ release: facts([keeper]), before, after: await shop.snapshot() }));
    assert.deepEqual([left.what, left.id, left.program, left.confidence], ['field', 'Node/node-1', program, 'likely']);
    assert.deepEqual(left.field, { path: 'metadata.labels.anything', pointer: '/metadata/labels/anything', value: 'x' });
    assert.deepEqual(left.remedy.steps, [{ do: 'run', when: 'after', argv: ['kubectl', 'label', 'nodes/node-1', 'anything-'] }]);
  });

  test('programs that the operator has started, and the operator itself, are told by what they made', async () => {
    const shop = await openShop();
    await shop.put(marked(definition), 'helm');
    await shop.simulated.settle();
    const widget = object('shop.example/v1', 'Widget', 'w');
    const { metadata } = await shop.put(marked(widget), 'helm');
    const ownerReferences = [
      { apiVersion: 'shop.example/v1', kind: 'Widget', name: 'w', uid: metadata.uid ?? '', controller: true },
    ];
    const template = {
      metadata: { labels: { app: 'd' } },
      spec: { containers: [{ name: 'shop-daemon', image: 'example.com/d:1' }] },
    };
    const spec = { selector: { matchLabels: { app: 'd' } }, template };
    await shop.put(
      { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'd', namespace, ownerReferences }, spec },
      'unseen-operator',
    );
    await shop.label(node, 'by-daemon', 'x', 'shop-daemon');
    await shop.label(node, 'by-operator', 'x', 'unseen-operator');
    const before = await shop.snapshot();
    await shop.remove(widget, definition);
    const receipt = receiptOf({ release: facts([definition, widget]), before, after: await shop.snapshot() });
    assert.deepEqual(
      receipt.residue.map(({ field, confidence, program: by }) => [field?.path, confidence, by]),
      [
        ['metadata.labels.by-daemon', 'likely', 'shop-daemon'],
        ['metadata.labels.by-operator', 'likely', 'unseen-operator'],
      ],
    );
  });

  test('a program under a name that tells nothing is found by the key, which the manifests mention', async () => {
    const shop = await openShop();
    await shop.label(node, 'shop.example/ready', 'yes', 'node');
    const left = only(receiptOf({ release: facts([keeper]), after: await shop.snapshot() }));
    assert.deepEqual([left.program, left.confidence, left.field?.value], ['node', 'likely', 'yes']);
    assert.deepEqual(
      left.evidence.map(({ clue }) => clue),
      ['manager', 'mention'],
    );
  });

  test("a key in the domain of the release's definitions is possible", async () => {
    const shop = await openShop();
    await shop.label(node, 'shop.example/other', 'yes', 'node');
    const receipt = receiptOf({ release: facts([], { crds: [{ object: definition }] }), after: await shop.snapshot() });
    assert.deepEqual([only(receipt).confidence, receipt.verdict], ['possible', 'clean-as-far-as-seen']);
  });

  test('annotations of Namespaces and CA bundles of webhooks', async () => {
    const shop = await openShop();
    const { cluster } = shop.simulated;
    const value = { metadata: { annotations: { 'shop.example/quota': '3' } } };
    await cluster.patch(
      { apiVersion: 'v1', kind: 'Namespace', name: 'other-ns' },
      { type: 'merge', value },
      { fieldManager: program },
    );
    const webhook = (caBundle?: string) => [
      {
        ...{ name: 'a.other.example', rules: [], sideEffects: 'None', admissionReviewVersions: ['v1'] },
        clientConfig: { url: 'https://other.example', ...(caBundle && { caBundle }) },
      },
    ];
    const admission = 'admissionregistration.k8s.io/v1';
    await shop.put(clusterWide(admission, 'ValidatingWebhookConfiguration', 'theirs', { webhooks: webhook() }), 'theirs');
    const ref = { apiVersion: admission, kind: 'ValidatingWebhookConfiguration', name: 'theirs' };
    await cluster.patch(ref, { type: 'merge', value: { webhooks: webhook('aGk=') } }, { fieldManager: program });
    const receipt = receiptOf({ release: facts([keeper]), after: await shop.snapshot() });
    const paths = receipt.residue.map(({ id, field }) => `${id} ${field?.path}`);
    assert.ok(paths.includes('Namespace/other-ns metadata.annotations[shop.example/quota]'), paths.join('\n'));
    assert.ok(
      paths.some((path) => /^ValidatingWebhook.*theirs webhooks.*clientConfig\.caBundle$/.test(path)),
      paths.join('\n'),
    );
  });

  test('taints are one field as a whole: nobody is told to remove what may be of others', async () => {
    const shop = await openShop();
    const value = { spec: { taints: [{ key: 'shop', effect: 'NoSchedule' }] } };
    await shop.simulated.cluster.patch(node, { type: 'merge', value }, { fieldManager: program });
    const left = only(receiptOf({ release: facts([keeper]), after: await shop.snapshot() }));
    assert.equal(left.field?.path, 'spec.taints');
    assert.deepEqual(
      left.remedy.steps.map((step) => step.do === 'run' && step.looks),
      [true],
    );
  });

  test('a finalizer on an object of others is told by who served it', async () => {
    const shop = await openShop();
    const other = await shop.put({ ...object('v1', 'ConfigMap', 'theirs'), metadata: { name: 'theirs', namespace: 'other-ns' } });
    await shop.simulated.cluster.patch(
      { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', namespace: 'other-ns' },
      { type: 'merge', value: { metadata: { finalizers: ['shop.example/cleanup'] } } },
      { fieldManager: program },
    );
    const left = only(receiptOf({ release: facts([keeper]), after: await shop.snapshot() }));
    assert.deepEqual([left.what, left.id, left.program], ['finalizer', idOf(other), program]);
    const [step] = left.remedy.steps;
    const patch = [
      { op: 'test', path: '/metadata/finalizers/0', value: 'shop.example/cleanup' },
      { op: 'remove', path: '/metadata/finalizers/0' },
    ];
    assert.equal(step?.do === 'run' && step.argv.at(-1), JSON.stringify(patch));
  });
});

describe('what belongs to others is not residue', () => {
  test('a Job that has the name of a hook since before the uninstall, and not its mark', async () => {
    const job = (annotations: Record<string, string>) => ({
      ...object('batch/v1', 'Job', 'clean-up', {
        spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x' }] } } },
      }),
      metadata: { name: 'clean-up', namespace, annotations },
    });
    const mark = { 'helm.sh/hook': 'pre-delete' };
    for (const [annotations, confidence] of [
      [{}, 'possible'],
      [mark, 'certain'],
    ] as const) {
      const shop = await openShop();
      await shop.put(job(annotations));
      const before = await shop.snapshot();
      const release = facts([], { hooks: [{ object: job(mark) }] });
      assert.equal(only(receiptOf({ release, before, after: await shop.snapshot() })).confidence, confidence);
    }
  });

  const foreign = async (prepare: (shop: Awaited<ReturnType<typeof openShop>>) => Promise<unknown>) => {
    const shop = await openShop();
    await prepare(shop);
    await shop.simulated.settle();
    return receiptOf({ release: facts([keeper, settings], { crds: [{ object: definition }] }), after: await shop.snapshot() });
  };

  test('objects and programs with similar names', async () => {
    const receipt = await foreign(async ({ put, label }) => {
      await put(object('v1', 'ConfigMap', 'settings-2'), 'helm');
      await put({ ...object('v1', 'ConfigMap', 'settings'), metadata: { name: 'settings', namespace: 'other-ns' } }, 'helm');
      await put({
        ...object('v1', 'ConfigMap', 'x'),
        metadata: { name: 'x', namespace, labels: { 'app.kubernetes.io/instance': 'shop-2' } },
      });
      await put(object('v1', 'Secret', 'y'), `${program}-2`);
      await label(node, 'shop.example.org/ready', '1', 'agent');
      await label(node, 'other.example/ready', '1', 'agent');
    });
    assert.deepEqual(receipt.residue, []);
    assert.equal(receipt.verdict, 'clean');
  });

  test('what a person labelled with kubectl', async () => {
    const receipt = await foreign(async ({ put, label }) => {
      await label(node, 'shop.example/ready', 'yes', 'kubectl-label');
      await label(node, 'example.org/disk', 'ssd', 'node');
      const labels = { 'app.kubernetes.io/instance': release };
      await put({ ...object('v1', 'ConfigMap', 'mine'), metadata: { name: 'mine', namespace, labels } }, 'kubectl-create');
    });
    assert.deepEqual(receipt.residue, [], 'not even what the nodeSelector of the release mentions');
  });

  test('an object of the same name that another release has now', async () => {
    const shop = await openShop();
    await shop.put(
      {
        ...settings,
        metadata: {
          ...settings.metadata,
          annotations: { 'meta.helm.sh/release-name': 'shop', 'meta.helm.sh/release-namespace': 'other-ns' },
        },
      },
      'helm',
    );
    const receipt = receiptOf({ release: facts([settings]), after: await shop.snapshot() });
    assert.deepEqual(receipt.residue, []);
  });

  test('what the same release owns that was installed again', async () => {
    const shop = await openShop();
    await shop.install(keeper, settings);
    const before = await shop.snapshot();
    await shop.remove(keeper, settings);
    const labels = { owner: 'helm', name: release, status: 'deployed', version: '1' };
    await shop.put(
      {
        ...object('v1', 'Secret', 'sh.helm.release.v1.shop.v1'),
        metadata: { name: 'sh.helm.release.v1.shop.v1', namespace, labels },
        type: 'helm.sh/release.v1',
      },
      'helm',
    );
    await shop.install(keeper, settings);
    const receipt = receiptOf({ release: facts([keeper, settings]), before, after: await shop.snapshot() });
    assert.deepEqual(receipt.residue, []);
    assert.equal(receipt.verdict, 'clean-as-far-as-seen');
    assert.match(receipt.notSeen.join(), /was installed again/);
  });

  test('a program of the same name that still lives makes it only possible', async () => {
    const shop = await openShop();
    await shop.put({ ...keeper, metadata: { name: 'other-keeper', namespace: 'other-ns' } }, 'helm');
    await shop.label(node, 'anything', 'x', program);
    await shop.put(object('v1', 'Secret', 'shared'), program);
    const receipt = receiptOf({ release: facts([settings, keeper]), after: await shop.snapshot() });
    assert.deepEqual(
      receipt.residue.map(({ confidence }) => confidence),
      ['possible', 'possible'],
    );
    assert.match(receipt.residue[0]?.evidence[0]?.says ?? '', /another workload runs a program of that name/);
  });

  test('an object of the same name that was made after the uninstall, whatever its annotations say', async () => {
    const shop = await openShop();
    await shop.install(settings);
    const deletedAt = '2026-11-21T23:00:00.123456789+01:00';
    const receipt = receiptOf({ release: facts([settings], { deletedAt }), after: await shop.snapshot() });
    assert.equal(only(receipt).confidence, 'possible');
    const before = receiptOf({ release: facts([settings], { deletedAt: '2027-01-01T00:00:00Z' }), after: await shop.snapshot() });
    assert.equal(only(before).confidence, 'likely');
  });

  test('a label that another workload with the same image may still need', async () => {
    const shop = await openShop();
    await shop.put({ ...keeper, metadata: { name: 'second', namespace: 'other-ns' } }, 'helm');
    await shop.label(node, 'shop.example/ready', 'yes', 'node');
    const left = only(receiptOf({ release: facts([keeper]), after: await shop.snapshot() }));
    assert.equal(left.confidence, 'possible');
    assert.match(left.evidence.at(-1)?.says ?? '', /may need this/);
    await shop.remove({ ...keeper, metadata: { name: 'second', namespace: 'other-ns' } });
    const image = `registry.example/${program}:2`;
    const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'tool', image }] } };
    const spec = { selector: { matchLabels: { app: 'x' } }, template };
    await shop.put({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'tool', namespace: 'other-ns' }, spec });
    const other = only(receiptOf({ release: facts([keeper]), after: await shop.snapshot() }));
    assert.equal(other.confidence, 'likely', 'the same image for another purpose');
  });

  test('what another living object owns goes with that one', async () => {
    const shop = await openShop();
    const owner = await shop.put({ ...object('v1', 'ConfigMap', 'theirs'), metadata: { name: 'theirs', namespace } });
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: owner.metadata.uid ?? '' };
    const labels = { 'app.kubernetes.io/instance': release };
    await shop.put(
      { ...object('v1', 'Secret', 'x'), metadata: { name: 'x', namespace, labels, ownerReferences: [reference] } },
      'operator',
    );
    assert.deepEqual(receiptOf({ release: facts([keeper]), after: await shop.snapshot() }).residue, []);
  });

  test('a Secret that an object of others owns too', async () => {
    const shop = await openShop();
    await shop.install(settings);
    const [ours, theirs] = [
      await shop.put(object('v1', 'ConfigMap', 'ours')),
      await shop.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace } }),
    ];
    const ownerReferences = [ours, theirs].map(({ metadata }) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', name: metadata.name, uid: metadata.uid ?? '' },
    }));
    await shop.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shared', namespace, ownerReferences } });
    const release = facts([settings, object('v1', 'ConfigMap', 'ours')]);
    const before = await shop.snapshot();
    await shop.remove(settings);
    const shared = receiptOf({ release, before, after: await shop.snapshot() }).residue.find(({ what }) => what === 'child');
    assert.deepEqual([shared?.id, shared?.confidence], [`Secret/${namespace}/shared`, 'possible']);
    assert.match(shared?.evidence.at(-1)?.says ?? '', /owns it too/);
    await shop.remove(object('v1', 'ConfigMap', 'ours'));
    assert.deepEqual(receiptOf({ release, before, after: await shop.snapshot() }).residue, [], 'now it is only theirs');
  });

  test('a namespace of the release in which others have something', async () => {
    const shop = await openShop();
    const own = clusterWide('v1', 'Namespace', 'own');
    await shop.install(own);
    await shop.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'own' } });
    const left = only(receiptOf({ release: facts([own]), after: await shop.snapshot() }));
    assert.deepEqual([left.what, left.confidence], ['namespace', 'possible']);
    await shop.remove({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'own' } });
    assert.equal(only(receiptOf({ release: facts([own]), after: await shop.snapshot() })).confidence, 'likely');
  });

  test('a label of another program that the release only reads, and a finalizer of another operator', async () => {
    const shop = await openShop();
    await shop.label(node, 'shop.example/ready', 'yes', 'zone-labeller');
    const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'other-ns' }, data: { a: '1' } };
    await shop.put(theirs, 'theirs');
    const value = { metadata: { finalizers: ['other.shop.example/hold'] } };
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', namespace: 'other-ns' };
    await shop.simulated.cluster.patch(ref, { type: 'merge', value }, { fieldManager: 'other-operator' });
    const receipt = receiptOf({ release: facts([keeper, definition]), after: await shop.snapshot() });
    assert.ok(receipt.residue.every(({ confidence }) => confidence === 'possible'));
    const { residue } = receiptOf({ release: facts([keeper]), after: await shop.snapshot() });
    assert.deepEqual(
      residue.map(({ field, confidence }) => [field?.path, confidence]),
      [['metadata.labels[shop.example/ready]', 'possible']],
      'without the definition the finalizer is of nobody',
    );
  });

  test('what the operator of somebody else has made for others, although it has made something for the release too', async () => {
    const shop = await openShop();
    await shop.install(settings);
    const uid = [...(await shop.snapshot()).objects.values()].find(({ ref }) => ref.name === 'settings')?.ref.uid ?? '';
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', uid }];
    await shop.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cert', namespace, ownerReferences } }, 'cert-operator');
    await shop.put(object('v1', 'Secret', 'cert-of-others'), 'cert-operator');
    await shop.label(node, 'certs', 'yes', 'cert-operator');
    const before = await shop.snapshot();
    await shop.remove(settings);
    assert.deepEqual(receiptOf({ release: facts([settings]), before, after: await shop.snapshot() }).residue, []);
  });

  test('forged marks of a tenant make it possible, never more', async () => {
    const shop = await openShop();
    const annotations = { 'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace };
    const labels = { 'app.kubernetes.io/instance': release, 'app.kubernetes.io/managed-by': 'Helm' };
    await shop.put(
      { ...object('v1', 'Secret', 'bank'), metadata: { name: 'bank', namespace: 'other-ns', annotations, labels } },
      'helm',
    );
    const receipt = receiptOf({ release: facts([keeper, settings]), after: await shop.snapshot() });
    const left = only(receipt);
    assert.deepEqual([left.id, left.confidence, receipt.verdict], ['Secret/other-ns/bank', 'possible', 'clean-as-far-as-seen']);
  });
});

describe('the verdict', () => {
  const clean = async (more: Partial<Parameters<typeof receiptOf>[0]>) => {
    const shop = await openShop();
    const after = await shop.snapshot();
    return receiptOf({ release: facts([settings]), before: after, after, ...more }).verdict;
  };

  test('is never clean where something was not seen, a hook failed, or something was forced', async () => {
    assert.equal(await clean({}), 'clean');
    assert.equal(await clean({ notSeen: ['secrets: forbidden'] }), 'clean-as-far-as-seen');
    assert.equal(await clean({ failedPreStopHooks: [{ namespace, pod: 'p', message: '403' }] }), 'clean-as-far-as-seen');
    const forced = [{ id: idOf(settings), what: 'finalizer', says: 'was removed', loses: 'its clean-up' }] as const;
    assert.equal(await clean({ forced }), 'clean-as-far-as-seen');
    assert.equal(await clean({ stopped: { how: 'blocked', says: 'x' } }), 'blocked');
    assert.equal(await clean({ stopped: { how: 'timed-out', says: 'x' } }), 'timed-out');
  });

  test('a release of which only the name is known is never called clean', async () => {
    assert.equal(await clean({ release: unknownRelease('agent', namespace) }), 'clean-as-far-as-seen');
    assert.equal(await clean({ release: facts([]) }), 'clean', 'a release of nothing is known');
  });
});
