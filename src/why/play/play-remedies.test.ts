/** Remedies that must never be printed, each put in the place of one that is right. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { makeSimulatedCluster } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { readYaml } from '../../objects/yaml.ts';
import type { CommandStep, ProposedRemedy } from '../../remedies/remedy.ts';
import { allOf, type Blocker } from '../blocker.ts';
import { gather } from '../gather.ts';
import { why } from '../why.ts';
import { playRemedies } from './play-remedies.ts';

const deleted = 'deletionTimestamp: "2026-11-21T23:40:00Z"';

/** What becomes of a remedy in the place of those of the blocker. @param ask `Kind namespace/name` */
async function played(
  manifests: string,
  ask: string,
  remedy: Partial<ProposedRemedy> & { argv: string[][] },
  at: (blocker: Blocker) => boolean,
) {
  const simulated = makeSimulatedCluster({ nodes: ['n1'] });
  const objects = readYaml(manifests.replaceAll('DELETED', deleted), 'x.yaml').map(({ object }) => object);
  simulated.adopt(objects.map(withUid));
  const [kind = '', place = ''] = ask.split(' ');
  const [name = '', namespace] = place.split('/').reverse();
  const { apiVersion = 'v1' } = objects.find((each) => each.kind === kind) ?? {};
  const ref = { apiVersion, kind, name, ...(namespace && { namespace }) };
  let snapshot: Awaited<ReturnType<typeof gather>>;
  const reading = gather(simulated.cluster, ref, simulated.clock.now()).then((found) => {
    snapshot = found;
  });
  await simulated.until(() => snapshot !== undefined);
  await reading;
  assert.ok(snapshot);
  const draft = why(snapshot);
  const blocker = allOf(draft.blockers).find(at);
  assert.ok(blocker, JSON.stringify(draft.blockers, undefined, 1));
  const steps = remedy.argv.map(
    (words): CommandStep => ({ do: 'run', when: 'now', argv: words as unknown as CommandStep['argv'] }),
  );
  const { argv: _, ...rest } = remedy;
  blocker.remedies = [{ says: 'Do it.', loses: 'what it loses', ...rest, steps }];
  const dropped: string[] = [];
  const answer = await playRemedies(draft, snapshot, ({ because }) => dropped.push(because));
  const kept = allOf(answer.blockers).find(at)?.remedies ?? [];
  return kept[0]?.played.result ?? dropped[0];
}

function withUid(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { uid: `${object.kind}-${object.metadata.name}`, ...object.metadata } };
}

const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}]
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
spec: {finalizers: [kubernetes]}
status: {phase: Active}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop, DELETED, finalizers: [example.com/a, other.example/b]}
`;
const target = ['widgets.example.com/one', '-n', 'shop'];
const removal = (at: number, finalizer: string) =>
  JSON.stringify(
    ['test', 'remove'].map((op) => ({ op, path: `/metadata/finalizers/${at}`, ...(op === 'test' && { value: finalizer }) })),
  );
const ofA = ({ kind, evidence }: Blocker) => kind === 'finalizer' && evidence[0]?.value === 'example.com/a';
const patch = (...words: string[]) => ['kubectl', 'patch', ...target, ...words];

const runner = (kind: string, more = '') => `
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: runner, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: runner}
rules: [{apiGroups: [example.com], resources: ["*"], verbs: ["*"]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: runner}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: shop}]
---
apiVersion: apps/v1
kind: ${kind}
metadata: {name: runner, namespace: shop}
spec: {${more}selector: {matchLabels: {app: runner}}, template: {metadata: {labels: {app: runner}}, spec: {serviceAccountName: runner, containers: [{name: proxy, image: "p:1"}, {name: manager, image: "m:1"}]}}}
`;

describe('a remedy is played before it is printed', () => {
  test('the removal of one finalizer holds', async () => {
    const argv = [patch('--type=json', '-p', removal(0, 'example.com/a'))];
    assert.equal(await played(widgets, 'Widget shop/one', { argv }, ofA), 'cures');
  });

  for (const [what, words] of [
    ['by a merge patch', ['--type=merge', '-p', '{"metadata":{"finalizers":null}}']],
    ['by an empty list', ['--type=merge', '-p', '{"metadata":{"finalizers":[]}}']],
    ['by a JSON patch', ['--type=json', '-p', '[{"op":"remove","path":"/metadata/finalizers"}]']],
  ] as const)
    test(`stripping all finalizers ${what} does not`, async () => {
      assert.equal(
        await played(widgets, 'Widget shop/one', { argv: [patch(...words)] }, ofA),
        'it strips finalizers that others may serve',
      );
    });

  const dead = `${widgets}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: guard}
webhooks: [{name: guard.example.com, failurePolicy: Fail, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {service: {namespace: shop, name: gone}}, rules: [{apiGroups: [example.com], apiVersions: ["*"], operations: [UPDATE], resources: [widgets]}]}]
`;

  test('a patch that the webhook beside it refuses does not, and does after the webhook', async () => {
    const remove = patch('--type=json', '-p', removal(0, 'example.com/a'));
    assert.match(
      String(await played(dead, 'Widget shop/one', { argv: [remove] }, ofA)),
      /failed calling webhook "guard\.example\.com"/,
    );
    const gate = ['kubectl', 'delete', 'validatingwebhookconfigurations.admissionregistration.k8s.io/guard'];
    assert.equal(await played(dead, 'Widget shop/one', { argv: [gate, remove] }, ofA), 'cures');
    assert.match(String(await played(dead, 'Widget shop/one', { argv: [remove, gate] }, ofA)), /failed calling webhook/);
  });

  test('a Pod that its owner makes again does not, and the owner does', async () => {
    const claim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: default, DELETED, finalizers: [kubernetes.io/pvc-protection]}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web, namespace: default}
spec: {replicas: 1, selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {containers: [{name: main, image: "w:1"}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-x, namespace: default, labels: {app: web}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: ReplicaSet-web, controller: true}]}
spec: {nodeName: n1, containers: [{name: main, image: "w:1"}], volumes: [{name: d, persistentVolumeClaim: {claimName: data}}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}], containerStatuses: [{name: main, state: {running: {}}}]}
`;
    const inUse = ({ kind }: Blocker) => kind === 'not-deleted';
    const pod = ['kubectl', 'delete', 'pods/web-x', '-n', 'default'];
    const owner = ['kubectl', 'delete', 'replicasets.apps/web', '-n', 'default'];
    assert.equal(await played(claim, 'PersistentVolumeClaim default/data', { argv: [pod] }, inUse), 'its blocker is still there');
    assert.equal(await played(claim, 'PersistentVolumeClaim default/data', { argv: [owner] }, inUse), 'cures');
  });

  test('helm does not, least of all without a revision', async () => {
    assert.equal(
      await played(widgets, 'Widget shop/one', { argv: [['helm', 'rollback', 'runner']] }, ofA),
      'the revision is not said',
    );
  });

  test('what carries a deletion out and says that nothing is lost does not', async () => {
    const manifests = widgets.replace(', other.example/b', '') + runner('Deployment', 'replicas: 0, ');
    const { loses: _, ...scale } = {
      loses: '',
      argv: [['kubectl', 'scale', 'deployments.apps/runner', '-n', 'shop', '--replicas=1']],
    };
    assert.equal(await played(manifests, 'Widget shop/one', scale, ofA), 'cures');
    const silent = { ...scale, loses: undefined } as unknown as Parameters<typeof played>[2];
    assert.equal(await played(manifests, 'Widget shop/one', silent, ofA), 'it does not tell what is lost');
  });

  test('a create in a namespace that is being deleted does not', async () => {
    const argv = [['kubectl', 'create', 'serviceaccount', 'runner', '-n', 'shop']];
    const ending = widgets.replace('metadata: {name: shop}', 'metadata: {name: shop, DELETED}');
    assert.match(String(await played(ending, 'Widget shop/one', { argv }, ofA)), /because it is being terminated/);
  });

  test('scaling a DaemonSet does not', async () => {
    const argv = [['kubectl', 'scale', 'daemonsets.apps/runner', '-n', 'shop', '--replicas=1']];
    assert.match(
      String(await played(widgets + runner('DaemonSet'), 'Widget shop/one', { argv }, ofA)),
      /could not find the requested resource/,
    );
  });

  test('logs of a Pod with several containers need to say which', async () => {
    const manifests = widgets + runner('Deployment');
    const logs = ['kubectl', 'logs', 'deployment/runner', '-n', 'shop', '--tail=100'];
    assert.equal(await played(manifests, 'Widget shop/one', { argv: [logs] }, ofA), 'it has several containers: proxy, manager');
    assert.equal(
      await played(manifests, 'Widget shop/one', { argv: [[...logs, '-c', 'main']] }, ofA),
      'there is no container main',
    );
  });

  for (const words of [
    ['widgets.example.com', '--all', '-A'],
    ['widgets.example.com', '--all', '-n', 'shop'],
    ['widgets.example.com/one', 'widgets.example.com/two', '-n', 'shop'],
    ['widgets.example.com/one'],
  ])
    test(`kubectl delete ${words.join(' ')} for one object does not`, async () => {
      const reason = await played(widgets, 'Widget shop/one', { argv: [['kubectl', 'delete', ...words]] }, ofA);
      assert.match(String(reason), /cannot be combined|not one object|no namespace/);
    });

  test('a deletion that takes others along does not, and one of something else cures nothing', async () => {
    const place = ['kubectl', 'delete', 'namespaces/shop', '--wait=false'];
    const other = `${widgets}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain, namespace: shop, finalizers: [x.example/y]}\n`;
    assert.notEqual(await played(other, 'Widget shop/one', { argv: [place] }, ofA), 'cures');
    const config = ['kubectl', 'delete', 'configmaps/plain', '-n', 'shop', '--wait=false'];
    assert.match(String(await played(other, 'Widget shop/one', { argv: [config] }, ofA)), /NotFound|still there/);
  });
});
