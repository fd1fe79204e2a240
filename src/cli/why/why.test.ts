import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serviceAccount } from '../../cluster/simulated/index.ts';
import type { KubernetesObject } from '../../objects/object.ts';
import { runSteps } from '../../remedies/play/run-steps.ts';
import { allOf } from '../../why/blocker.ts';
import { commandsIn, commandsOf, saidIn } from '../../why/testing/flat.ts';
import {
  account,
  clusterRoleWithBinding,
  configMap,
  custom,
  definition,
  roleWithBinding,
  workload,
} from '../testing/manifests.ts';
import { stage } from './testing/stage.ts';

const finalizer = 'example.com/cleanup';
const serves = { apiGroups: ['example.com'], resources: ['widgets', 'widgets/finalizers'], verbs: ['*'] };
const operator = (replicas: number): KubernetesObject[] => {
  const deployment = workload('Deployment', 'ops', 'runner', { serviceAccountName: 'runner' });
  return [
    account('ops', 'runner'),
    ...clusterRoleWithBinding({ namespace: 'ops', name: 'runner' }, [serves]),
    { ...deployment, spec: { ...(deployment.spec as object), replicas } },
    definition('Widget'),
  ];
};

const widget = custom('Widget', 'one', 'shop', [finalizer]);
const ref = { apiVersion: 'example.com/v1', kind: 'Widget', namespace: 'shop', name: 'one' };
const said = saidIn;

describe('bookend why: a finalizer', () => {
  test('whose controller is scaled down, with the field, the command and its price', async () => {
    const { run, json } = await stage([...operator(0), widget], [ref]);
    const { exitCode, out } = await run(['why', 'widgets/one', '-n', 'shop']);
    assert.equal(exitCode, 7);
    assert.match(out, /^Widget shop\/one has been terminating for 1\ds, and will not go by itself\n/);
    assert.match(
      out,
      /└─ finalizer example\.com\/cleanup on Widget shop\/one: its controller \(likely\) Deployment ops\/runner has no running Pod:/,
    );
    assert.match(out, /Deployment ops\/runner spec\.replicas = 0: it is scaled down/);
    assert.match(
      out,
      /→ kubectl scale deployments\.apps\/runner -n ops --replicas=1\n +loses the objects whose deletion waits for it/,
    );
    const { answer } = await json('widget', 'one', '-n', 'shop');
    const remedy = answer.blockers[0]?.remedies.at(-1);
    assert.deepEqual(remedy?.played, { result: 'cures' });
    assert.match(
      commandsOf({ remedies: remedy ? [remedy] : [] })[0] ?? '',
      /^kubectl patch widgets\.example\.com\/one -n shop --type=json -p '\[\{"op":"test","path":"\/metadata\/finalizers\/0","value":"example\.com\/cleanup"\},/,
    );
    assert.match(remedy?.loses ?? '', /stays behind/);
  });

  test('whose controller runs is on its way, and after minutes is not', async () => {
    const { simulated, json } = await stage([...operator(1), widget], [ref]);
    const early = await json('widgets/one', '-n', 'shop');
    assert.equal(early.exitCode, 0);
    assert.match(said(early.answer.blockers).join(), /Deployment ops\/runner runs and has not removed it yet/);
    await simulated.settle(6 * 60_000);
    const late = await json('widgets/one', '-n', 'shop');
    assert.equal(late.exitCode, 7);
    assert.match(commandsIn(late.answer.blockers)[0] ?? '', /^kubectl logs deployment\/runner -n ops/);
  });

  test('whose controller is gone', async () => {
    const { json } = await stage([definition('Widget'), widget], [ref]);
    const { exitCode, answer } = await json('widgets.example.com/one', '-n', 'shop');
    assert.equal(exitCode, 7);
    assert.match(said(answer.blockers).join(), /no workload in this cluster serves it, judging by roles and names/);
  });

  test('whose controller has lost its rights, or its account', async () => {
    const named = workload('Deployment', 'ops', 'widget-operator', { serviceAccountName: 'runner' });
    const rights = await stage([account('ops', 'runner'), named, definition('Widget'), widget], [ref]);
    const { answer } = await rights.json('widgets/one', '-n', 'shop');
    assert.match(
      said(answer.blockers).join(),
      /Deployment ops\/widget-operator runs, but no role that is bound to its account allows it to update/,
    );
    const gone = await stage(
      [...operator(1), widget],
      [ref, { apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'ops', name: 'runner' }],
    );
    assert.match(
      said((await gone.json('widgets/one', '-n', 'shop')).answer.blockers).join(),
      /runs, but its ServiceAccount runner does not exist/,
    );
  });
});

const webhook = (rules: Record<string, unknown>, more: Record<string, unknown> = {}): KubernetesObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'guard' },
  webhooks: [
    {
      name: 'guard.example.com',
      clientConfig: { service: { namespace: 'ops', name: 'guard' } },
      rules: [{ apiGroups: ['example.com'], apiVersions: ['*'], resources: ['widgets'], ...rules }],
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      failurePolicy: 'Fail',
      ...more,
    },
  ],
});

describe('bookend why: a webhook', () => {
  test('that cannot answer keeps the finalizer, with its backend and both ways out', async () => {
    const { simulated, cluster, json } = await stage([...operator(1), widget], [ref]);
    await cluster.create(webhook({ operations: ['UPDATE'] }));
    await simulated.settle(1_000);
    const { exitCode, answer } = await json('widgets/one', '-n', 'shop');
    assert.equal(exitCode, 7);
    assert.match(
      said(answer.blockers).join('\n'),
      /webhook guard\.example\.com of ValidatingWebhookConfiguration guard refuses the removal of finalizers \(an UPDATE\): its Service ops\/guard does not exist/,
    );
    const help = commandsIn(answer.blockers);
    assert.ok(
      help.some((command) => command === 'kubectl delete validatingwebhookconfigurations.admissionregistration.k8s.io/guard'),
    );
  });

  test('that ignores failures, or is about something else, is not blamed', async () => {
    for (const other of [
      webhook({ operations: ['UPDATE'] }, { failurePolicy: 'Ignore' }),
      webhook({ operations: ['CREATE'] }),
      webhook({ operations: ['UPDATE'], resources: ['gadgets'] }),
      webhook({ operations: ['UPDATE'] }, { objectSelector: { matchLabels: { watched: 'yes' } } }),
      webhook({ operations: ['UPDATE'] }, { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ops' } } }),
    ]) {
      const { simulated, cluster, json } = await stage([...operator(1), widget], [ref]);
      await cluster.create(other);
      await simulated.settle(1_000);
      assert.ok(
        !said((await json('widgets/one', '-n', 'shop')).answer.blockers)
          .join()
          .includes('guard'),
      );
    }
  });

  test('that would refuse the deletion is told before anybody asks for it', async () => {
    const { simulated, cluster, run } = await stage([
      ...operator(1),
      { ...widget, metadata: { name: 'one', namespace: 'shop' } },
    ]);
    await cluster.create(webhook({ operations: ['DELETE'] }));
    await simulated.settle(1_000);
    const { exitCode, out } = await run(['why', 'widgets/one', '-n', 'shop']);
    assert.equal(exitCode, 0);
    assert.match(out, /^Widget shop\/one is not being deleted; its deletion would be refused\n/);
    assert.match(out, /refuses the deletion/);
  });
});

describe('bookend why: commands', () => {
  test('remove what refuses the update before the finalizer, and never offer to install what cannot run', async () => {
    const { simulated, cluster, run } = await stage([definition('Widget'), widget]);
    await cluster.create(webhook({ operations: ['UPDATE'] }, { clientConfig: { service: { namespace: 'shop', name: 'gone' } } }));
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: 'shop' });
    await simulated.settle(10_000);
    const { out, exitCode } = await run(['why', 'ns/shop']);
    const commands = out.split('\n').flatMap((line) => /→ (.*)/.exec(line)?.[1] ?? []);
    const gate = 'kubectl delete validatingwebhookconfigurations.admissionregistration.k8s.io/guard --ignore-not-found';
    assert.equal(commands[0], gate);
    assert.match(commands.at(-1) ?? '', /^kubectl patch widgets\.example\.com\/one -n shop/);
    assert.doesNotMatch(out, /install its controller/);
    assert.equal(exitCode, 7);
  });

  test('free an object of several finalizers when they are done in the order of the text', async () => {
    const held = custom('Widget', 'one', 'shop', ['example.com/a', 'example.com/b', 'example.com/c']);
    const { simulated, cluster, json } = await stage([definition('Widget'), held], [ref]);
    await cluster.create(webhook({ operations: ['UPDATE'] }, { clientConfig: { service: { namespace: 'shop', name: 'gone' } } }));
    await simulated.settle(1_000);
    const { answer } = await json('widgets/one', '-n', 'shop');
    const cures = allOf(answer.blockers).flatMap(({ remedies }) => remedies.filter(({ played }) => played.result === 'cures'));
    assert.equal(cures.length, 3);
    const steps = cures.flatMap((remedy) => remedy.steps.flatMap((step) => (step.do === 'run' ? [step] : [])));
    const { failure } = await runSteps(simulated, steps);
    assert.equal(failure, undefined);
    assert.equal(await cluster.get(ref), undefined);
  });

  test('show the logs of the container that matters', async () => {
    const [sa, role, binding, deployment, crd] = operator(1);
    const spec = deployment?.spec as { template: { spec: { containers: object[] } } };
    spec.template.spec.containers = [
      { name: 'kube-rbac-proxy', image: 'proxy:1' },
      { name: 'manager', image: 'manager:1' },
    ];
    const objects = [sa, role, binding, deployment, crd].filter((each) => each !== undefined);
    const { json } = await stage([...objects, widget], [ref]);
    const { answer } = await json('widgets/one', '-n', 'shop');
    assert.equal(commandsIn(answer.blockers)[0], 'kubectl logs deployment/runner -n ops -c manager --tail=100');
  });

  test('delete the owner that would make a Pod again, not the Pod', async () => {
    const claim = {
      ...{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop' } },
      spec: { accessModes: ['ReadWriteOnce'] },
    };
    const user = workload('Deployment', 'shop', 'web');
    const { template } = user.spec as { template: { spec: Record<string, unknown> } };
    template.spec.volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const claimRef = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data' };
    const { answer } = await (await stage([claim, user], [claimRef])).json('pvc/data', '-n', 'shop');
    assert.match(said(answer.blockers).join('\n'), /Pod shop\/web-\S+ \(of Deployment shop\/web\), which uses the claim, is not/);
    assert.deepEqual(commandsIn(answer.blockers), ['kubectl delete deployments.apps/web -n shop']);
  });
});

describe('bookend why: what something waits for', () => {
  test('a Pod: which container, since when, of how much grace', async () => {
    const slow = workload('Deployment', 'shop', 'slow', { preStopMs: 600_000, graceSeconds: 300 });
    const { simulated, cluster, json } = await stage([slow]);
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' });
    const name = pods.items[0]?.metadata.name ?? '';
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name });
    await simulated.settle(60_000);
    const { exitCode, answer } = await json(`pod/${name}`, '-n', 'shop');
    assert.equal(exitCode, 0);
    assert.match(
      said(answer.blockers).join(),
      /on node-\d: preStop of container main has run 1m0s of 5m0s|on node-\d: preStop of container main has run 59s of 5m0s/,
    );
    assert.match(commandsIn(answer.blockers)[0] ?? '', /^kubectl wait --for=delete pod\/slow-/);
  });

  test('a Deployment that was deleted in the foreground: its ReplicaSet, its Pod, the finalizer on that', async () => {
    const { simulated, cluster, json } = await stage([workload('Deployment', 'shop', 'web')]);
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop' });
    const name = pods.items[0]?.metadata.name ?? '';
    const patch = { type: 'merge' as const, value: { metadata: { finalizers: ['other.example/hold'] } } };
    await cluster.patch({ apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name }, patch);
    await cluster.delete(
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
      { propagation: 'Foreground' },
    );
    await simulated.settle(60_000);
    const { exitCode, answer } = await json('deploy/web', '-n', 'shop');
    assert.equal(exitCode, 7);
    const text = said(answer.blockers);
    assert.match(text[0] ?? '', /^Deployment shop\/web waits for 1 object that it owns/);
    assert.match(text[1] ?? '', /^ReplicaSet shop\/web-\S+, which it owns, is still being deleted/);
    assert.match(text.at(-1) ?? '', /^finalizer other\.example\/hold on Pod shop\/web-/);
  });

  test('a claim: the Pod that uses it, and that nobody deletes', async () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'] },
    };
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'user', namespace: 'shop' },
      spec: {
        containers: [{ name: 'main', image: 'a:1' }],
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
      },
    };
    const { exitCode, answer } = await (
      await stage([claim, pod], [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data' }])
    ).json('pvc/data', '-n', 'shop');
    assert.equal(exitCode, 7);
    assert.deepEqual(said(answer.blockers), [
      'PersistentVolumeClaim shop/data is in use by Pod user',
      'Pod shop/user, which uses the claim, is not being deleted',
    ]);
    assert.equal(commandsIn(answer.blockers)[0], 'kubectl delete pods/user -n shop');
  });

  test('a CustomResourceDefinition: its custom resources, and what holds them', async () => {
    const crd = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'widgets.example.com' };
    const { exitCode, answer } = await (await stage([...operator(0), widget], [crd])).json('crd/widgets.example.com');
    assert.equal(exitCode, 7);
    const text = said(answer.blockers);
    assert.match(text[0] ?? '', /1 of its custom resources is left/);
    assert.match(text.at(-1) ?? '', /^finalizer example\.com\/cleanup on Widget shop\/one: .*scaled to 0/);
  });

  test('a Namespace: its conditions, and each thing in it down to what holds that', async () => {
    const { exitCode, answer } = await (
      await stage([...operator(0), widget, configMap('shop', 'plain')], [{ apiVersion: 'v1', kind: 'Namespace', name: 'shop' }])
    ).json('ns/shop');
    assert.equal(exitCode, 7);
    const text = said(answer.blockers);
    assert.match(text[0] ?? '', /^Namespace shop: 1 object is still in it \(1 Widget\)/);
    assert.match(text[1] ?? '', /^finalizer example\.com\/cleanup on Widget shop\/one/);
    assert.ok(answer.blockers[0]?.evidence.some(({ field }) => field === 'status.conditions[NamespaceFinalizersRemaining]'));
  });

  test('a Namespace in which its own operator is stopped: it cannot come back', async () => {
    const own = custom('Widget', 'own', 'ops', [finalizer]);
    const { json, simulated } = await stage([...operator(1), own], [{ apiVersion: 'v1', kind: 'Namespace', name: 'ops' }]);
    await simulated.settle(60_000);
    const { exitCode, answer } = await json('namespace/ops');
    assert.equal(exitCode, 7);
    assert.match(said(answer.blockers).join('\n'), /finalizer example\.com\/cleanup on Widget ops\/own: no workload/);
  });
});

describe('bookend why: answers that are no chain', () => {
  test('what is not being deleted is said so, with what would hold it', async () => {
    const { json } = await stage([...operator(0), widget]);
    const { exitCode, answer } = await json('widgets/one', '-n', 'shop');
    assert.deepEqual([exitCode, answer.state, answer.stuck], [0, 'present', true]);
    assert.match(answer.says, /not being deleted; its deletion would be stuck/);
    const plain = await (await stage([configMap('shop', 'plain')])).json('cm/plain', '-n', 'shop');
    assert.match(plain.answer.says, /nothing that Bookend can see would hold it/);
  });

  test('a Namespace with its own operator in it would be stuck, and a definition whose operator is scaled down', async () => {
    const own = custom('Widget', 'own', 'ops', [finalizer]);
    const { json } = await stage([...operator(1), own]);
    const { exitCode, answer } = await json('ns/ops');
    assert.deepEqual([exitCode, answer.stuck], [0, true]);
    assert.match(
      said(answer.blockers).join('\n'),
      /finalizer example\.com\/cleanup on Widget ops\/own: its controller Deployment ops\/runner is in the same namespace, and its Pods would go first/,
    );
    assert.deepEqual((await json('ns/shop')).answer.blockers, []);
    assert.equal((await json('crd/widgets.example.com')).answer.stuck, false, 'its operator runs');
    const scaled = await (await stage([...operator(0), own])).json('crd/widgets.example.com');
    assert.match(said(scaled.answer.blockers).join('\n'), /1 finalizer in it would not be removed\nfinalizer .*scaled to 0/);
  });

  test('what does not exist is said so, with where one of its name does', async () => {
    const { run } = await stage([configMap('ops', 'plain')]);
    const { exitCode, err } = await run(['why', 'cm/plain', '-n', 'shop']);
    assert.equal(exitCode, 3);
    assert.match(err, /ConfigMap shop\/plain does not exist/);
    assert.match(err, /An object with this name exists in another namespace: -n ops/);
    assert.equal((await run(['why', 'nothing/x'])).exitCode, 3);
    assert.match((await run(['why', 'namespaec/x'])).err, /serves no kind "namespaec"; did you mean namespaces\?/);
    assert.equal((await run(['why', 'pods'])).exitCode, 2);
  });

  test('what may not be seen is named, and nobody is declared gone because of it', async () => {
    const { simulated, run, cluster } = await stage([...operator(0), widget, account('shop', 'reader')], [ref]);
    for (const object of roleWithBinding('shop', 'reader', [
      { apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get', 'list'] },
    ]))
      await cluster.create(object);
    await simulated.settle(1_000);
    const { out, exitCode } = await run(['why', 'widgets.example.com/one', '-n', 'shop'], {
      user: serviceAccount('shop', 'reader'),
    });
    assert.equal(exitCode, 7);
    assert.match(out, /no visible workload serves it/);
    assert.match(out, /not seen: /);
  });

  test('a person at a terminal sees that something is read, and nobody else', async () => {
    const { run } = await stage([configMap('shop', 'plain')]);
    const args = ['why', 'cm/plain', '-n', 'shop'];
    assert.match((await run(args, { interactive: true })).err, /Reading the cluster/);
    assert.equal((await run(args)).err, '');
    assert.equal((await run([...args, '-o', 'json'], { interactive: true })).err, '');
  });

  test('nothing is ever changed', async () => {
    const { simulated, run } = await stage([...operator(0), widget], [ref]);
    simulated.clearRequests();
    await run(['why', 'widgets/one', '-n', 'shop']);
    assert.ok(simulated.requests.length > 10);
    assert.deepEqual(
      simulated.requests.filter(({ verb }) => !['get', 'list'].includes(verb)),
      [],
    );
  });
});
