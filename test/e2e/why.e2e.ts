/**
 * `bookend why` on a real cluster: what it says of an object that is stuck is compared with what really happens, and
 * the commands that it shows are carried out as they stand there, to see that they do what it says.
 */

import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { allOf } from '../../src/why/blocker.ts';
import { commandsOf } from '../../src/why/testing/flat.ts';
import { accountOf, granted } from '../../tools/lab/access.ts';
import { until } from '../../tools/lab/observe.ts';
import { runOn, whyOn } from './ask-why.ts';
import { agentWithAccess, image } from './objects.ts';
import { kubectlWords, runPrinted, runRemedy } from './printed-command.ts';
import {
  bringUp,
  deleteResource,
  freshNamespace,
  operatorNamespace,
  podsOf,
  put,
  unblock,
  untilGone,
  useTestBed,
} from './support.ts';

const finalizer = 'example.com/cleanup';

describe('bookend why', () => {
  const bed = useTestBed('why', { bookend: false });
  const loose: { apiVersion: string; kind: string; name: string }[] = [];
  const cleanLoose = async () => {
    for (const ref of loose.splice(0).reverse()) await bed.cluster.delete(ref);
  };
  afterEach(cleanLoose);
  after(cleanLoose);

  test('names the controller that is scaled down, and its last command removes that finalizer and no other', async () => {
    await defined(...operator());
    await put(bed, widget('one', [finalizer, 'other.example/second']));
    await bed.lab.run('kubectl', ['delete', 'widget', 'one', '-n', bed.namespace, '--wait=false']);
    const { code, answer } = why('widgets/one', '-n', bed.namespace);
    assert.equal(code, 7);
    const [second, first] = answer.blockers;
    assert.match(
      first?.says ?? '',
      new RegExp(
        `^finalizer example\\.com/cleanup on Widget ${bed.namespace}/one: its controller \\(likely\\) Deployment ${bed.namespace}/runner has no running Pod: it is scaled to 0$`,
      ),
    );
    assert.match(second?.says ?? '', /^finalizer other\.example\/second/);
    await runRemedy(bed.lab, first?.remedies.at(-1));
    const left = await bed.cluster.get(ref('one'));
    assert.deepEqual(left?.metadata.finalizers, ['other.example/second']);
    const again = why('widgets/one', '-n', bed.namespace);
    await runRemedy(bed.lab, again.answer.blockers[0]?.remedies.at(-1));
    assert.equal(why('widgets/one', '-n', bed.namespace).code, 3);
  });

  test('finds the webhook that really refuses the removal, and the way out', async () => {
    await defined();
    await put(bed, widget('two', [finalizer]), webhook(bed.namespace));
    loose.push({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name: 'e2e-why' });
    await bed.lab.run('kubectl', ['delete', 'widget', 'two', '-n', bed.namespace, '--wait=false']);
    const remove = ['patch', 'widget', 'two', '-n', bed.namespace, '--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
    const refused = await until('the webhook to be asked', async () => {
      const outcome = await bed.lab.attempt('kubectl', [...remove, '--dry-run=server']);
      return outcome.code !== 0 && outcome;
    });
    assert.match(refused.stderr, /failed calling webhook "widgets\.e2e\.example"/);
    const { answer } = why('widgets/two', '-n', bed.namespace);
    const found = allOf(answer.blockers).find(({ kind }) => kind === 'webhook');
    const words = /^webhook widgets\.e2e\.example of ValidatingWebhookConfiguration e2e-why refuses the removal of finalizers/;
    assert.match(found?.says ?? '', words);
    // Nobody serves the finalizer: the webhook and the finalizer are steps of one remedy.
    const last = allOf(answer.blockers)
      .find(({ kind }) => kind === 'finalizer')
      ?.remedies.at(-1);
    const [gate, patch] = last ? commandsOf({ remedies: [last] }) : [];
    assert.match(gate ?? '', /^kubectl delete validatingwebhookconfigurations\S*\/e2e-why --ignore-not-found$/);
    await runPrinted(bed.lab, gate);
    await until('the webhook to be forgotten', async () => (await bed.lab.attempt('kubectl', kubectlWords(patch))).code === 0);
    assert.equal(why('widgets/two', '-n', bed.namespace).code, 3);
  });

  test('says before what a policy really refuses, with its parameters, and --try asks the API server itself', async () => {
    const { namespace, lab, cluster } = bed;
    await defined();
    const doors = (open: string) => ({
      ...{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'doors', namespace }, spec: { open } },
    });
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
      loose.push({ apiVersion: 'admissionregistration.k8s.io/v1', kind, name: 'e2e-why' });
    await put(bed, widget('three', [finalizer]), doors('no'), ...policy(namespace));
    const remove = '[{"op":"remove","path":"/metadata/finalizers/0"}]';
    const attempts = {
      DELETE: ['delete', 'widget', 'three', '-n', namespace],
      UPDATE: ['patch', 'widget', 'three', '-n', namespace, '--type=json', '-p', remove],
    };
    const outcome = async (operation: 'DELETE' | 'UPDATE') =>
      await lab.attempt('kubectl', [...attempts[operation], '--dry-run=server']);
    const predicted = (operation: string) => {
      const what = operation === 'DELETE' ? 'the deletion' : 'the removal of finalizers (an UPDATE)';
      const { answer } = why('widgets/three', '-n', namespace);
      return allOf(answer.blockers).some(
        ({ says }) => says === `ValidatingAdmissionPolicy e2e-why refuses ${what}: the door is closed`,
      );
    };
    const refused = await until('the policy to be at work', async () => {
      const { code, stderr } = await outcome('DELETE');
      return code !== 0 && stderr;
    });
    assert.match(refused, /ValidatingAdmissionPolicy 'e2e-why' with binding 'e2e-why' denied request: the door is closed/);
    assert.ok(predicted('DELETE'));
    const tried = why('widgets/three', '-n', namespace, '--try').answer;
    assert.equal(tried.tried?.answer, 'refused');
    assert.ok(await cluster.get(ref('three')), 'a dry run');

    await put(bed, doors('yes'));
    await until('the door to be open', async () => (await outcome('DELETE')).code === 0);
    assert.ok(!predicted('DELETE'));
    assert.equal(why('widgets/three', '-n', namespace, '--try').answer.tried?.answer, 'allowed');
    assert.equal((await cluster.get(ref('three')))?.metadata.deletionTimestamp, undefined, 'a dry run');

    await lab.run('kubectl', [...attempts.DELETE, '--wait=false']);
    await put(bed, doors('no'));
    await until('the door to be closed', async () => (await outcome('UPDATE')).code !== 0);
    assert.ok(predicted('UPDATE'));
    assert.equal(why('widgets/three', '-n', namespace, '--try').answer.tried?.answer, 'refused');
    await put(bed, doors('yes'));
    await until('the door to be open again', async () => (await outcome('UPDATE')).code === 0);
    assert.ok(!predicted('UPDATE'));
    assert.equal(why('widgets/three', '-n', namespace, '--try').answer.tried?.answer, 'allowed');
    assert.deepEqual((await cluster.get(ref('three')))?.metadata.finalizers, [finalizer], 'a dry run');
    await lab.run('kubectl', attempts.UPDATE);
    await until('the Widget to be gone', async () => (await cluster.get(ref('three'))) === undefined);
  });

  test('follows a namespace down to the finalizer and the Pod in it', async () => {
    const namespace = 'e2e-why-inner';
    await freshNamespace(bed.lab, namespace);
    await defined();
    await put(bed, widget('inner', [finalizer], namespace), pod('slow', namespace, { sleep: 20 }));
    await running('slow', namespace);
    await bed.lab.run('kubectl', ['delete', 'namespace', namespace, '--wait=false']);
    const early = await until('the Pod to stop', async () => {
      const { answer } = why(`namespace/${namespace}`);
      return allOf(answer.blockers).some(({ says }) => says.includes('preStop of container main has run')) && answer;
    });
    assert.match(early.blockers[0]?.says ?? '', /Pods go first, everything else waits for them/);
    const late = await until('the Widget to be what is left', async () => {
      const { answer, code } = why(`namespace/${namespace}`);
      return code === 7 && answer;
    });
    const texts = allOf(late.blockers).map(({ says }) => says);
    const isNamed = texts.some((text) => text.startsWith(`finalizer ${finalizer} on Widget ${namespace}/inner`));
    assert.ok(isNamed, texts.join('\n'));
    await until('the condition to say so too', async () => {
      const { answer } = why(`namespace/${namespace}`);
      return allOf(answer.blockers).some(({ evidence }) =>
        evidence.some(({ field }) => field === 'status.conditions[NamespaceFinalizersRemaining]'),
      );
    });
    const remedy = allOf(late.blockers)
      .flatMap(({ remedies }) => remedies)
      .at(-1);
    await runRemedy(bed.lab, remedy);
    await until('the namespace to be gone', async () => why(`ns/${namespace}`).code === 3);
  });

  test('says which Pod uses a claim, ended or not', async () => {
    const { namespace } = bed;
    loose.push({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'e2e-why' });
    await put(bed, volume(), claim(namespace), pod('user', namespace, { claim: 'data', ends: true }));
    await until('the Pod to have ended', async () => {
      const found = await bed.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'user' });
      return (found?.status as { phase?: string } | undefined)?.phase === 'Succeeded';
    });
    await bed.lab.run('kubectl', ['delete', 'pvc', 'data', '-n', namespace, '--wait=false']);
    const { answer, code } = why('pvc/data', '-n', namespace);
    assert.equal(code, 7);
    assert.equal(answer.blockers[0]?.says, `PersistentVolumeClaim ${namespace}/data is in use by Pod user`);
    await runRemedy(bed.lab, allOf(answer.blockers)[1]?.remedies[0]);
    await until('the claim to be gone', async () => why('pvc/data', '-n', namespace).code === 3);
  });

  test('says that an API does not answer, of its kinds and of every namespace that waits for it', async () => {
    const namespace = 'e2e-why-api';
    await freshNamespace(bed.lab, namespace);
    const service = apiService(bed.namespace);
    await put(bed, service);
    loose.push({ apiVersion: service.apiVersion, kind: service.kind, name: service.metadata.name });
    const path = 'jsonpath={.status.conditions[?(@.type=="Available")].status}';
    const conditions = ['get', 'apiservice', service.metadata.name, '-o', path];
    await until('the APIService to be found wanting', async () => (await bed.lab.run('kubectl', conditions)).stdout === 'False');
    await bed.lab.run('kubectl', ['delete', 'namespace', namespace, '--wait=false']);
    await until('the namespace controller to complain', async () => {
      const { answer } = why(`ns/${namespace}`);
      const evidence = allOf(answer.blockers).flatMap((each) => each.evidence);
      return evidence.some(({ field }) => field === 'status.conditions[NamespaceDeletionDiscoveryFailure]');
    });
    const { answer, code } = why(`ns/${namespace}`);
    assert.equal(code, 7);
    const found = allOf(answer.blockers).find(({ kind }) => kind === 'api-service');
    const words = /^APIService v1\.silent\.e2e\.example does not answer: its Service e2e-why\/silent does not exist$/;
    assert.match(found?.says ?? '', words);
    const kind = run('why', 'things.silent.e2e.example/x');
    assert.notEqual(kind.status, 0);
    assert.match(kind.stderr, /APIService v1\.silent\.e2e\.example/);
    await runRemedy(bed.lab, found?.remedies.at(-1));
    await until('the namespace to be gone', async () => why(`ns/${namespace}`).code === 3);
  });

  test('is allowed little and says what it could not see', async () => {
    const { namespace } = bed;
    await defined();
    await put(bed, widget('three', [finalizer]), ...reader(namespace));
    await bed.lab.run('kubectl', ['delete', 'widget', 'three', '-n', namespace, '--wait=false']);
    const { code, answer } = why('widgets/three', '-n', namespace, '--as', `system:serviceaccount:${namespace}:reader`);
    assert.equal(code, 7);
    assert.match(answer.blockers[0]?.says ?? '', /no visible workload serves it/);
    const isSaid = answer.notSeen.some((text) => /^clusterroles\.rbac\.authorization\.k8s\.io: /.test(text));
    assert.ok(isSaid, answer.notSeen.join('\n'));
    await runRemedy(bed.lab, answer.blockers[0]?.remedies.at(-1));
  });

  async function defined(...others: KubernetesObject[]): Promise<void> {
    await put(bed, definition(), ...others);
    await until('the definition', () => bed.cluster.kind('example.com/v1', 'Widget'));
  }

  function widget(name: string, finalizers: string[], namespace = bed.namespace): KubernetesObject {
    return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, namespace, finalizers } };
  }

  function ref(name: string) {
    return { apiVersion: 'example.com/v1', kind: 'Widget', namespace: bed.namespace, name };
  }

  const why = (...args: string[]) => whyOn(bed, ...args);
  const run = (...args: string[]) => runOn(bed, ...args);

  async function running(name: string, namespace: string): Promise<void> {
    await bed.lab.run('kubectl', ['wait', '--for=condition=Ready', `pod/${name}`, '-n', namespace, '--timeout=120s']);
  }
});

describe('bookend why of a ClusterOperator', () => {
  const bed = useTestBed('why-operator');

  test('tells what its operator waits for, down to the Pod, and that the operator itself is gone', async () => {
    const { namespace, lab } = bed;
    const name = 'e2e-why';
    await bringUp(bed, agentWithAccess(name, namespace));
    const [agent] = await podsOf(bed, name);
    assert.ok(agent);
    // By a person: what our own field manager had set would be taken for Bookend's.
    const finalizers = '{"metadata":{"finalizers":["e2e.example/blocker"]}}';
    await lab.run('kubectl', ['patch', 'pod', agent.metadata.name, '-n', namespace, '--type=merge', '-p', finalizers]);
    await deleteResource(bed, name);
    const answer = await until('the Pod to be all that is left', async () => {
      const { code, answer: now } = whyOn(bed, `clusteroperators.bookend.dev/${name}`);
      return code === 7 && now;
    });
    const texts = allOf(answer.blockers).map(({ says }) => says);
    const pod = `Pod ${namespace}/${agent.metadata.name}`;
    assert.match(texts[0] ?? '', new RegExp(`^DaemonSet ${namespace}/${name}: ${pod}`));
    const isNamed = texts.some((text) => text.startsWith(`finalizer e2e.example/blocker on ${pod}: `));
    assert.ok(isNamed, texts.join('\n'));
    assert.ok(!texts.some((text) => text.includes('Bookend operator')), 'which runs');

    await lab.run('kubectl', ['scale', 'deployment', '-n', operatorNamespace, '--all', '--replicas=0']);
    await until('the operator to be missed', async () => {
      const { answer: now } = whyOn(bed, `clusteroperators.bookend.dev/${name}`);
      return allOf(now.blockers).some(({ says }) =>
        /the Bookend operator Deployment \S+ has no running Pod: it is scaled to 0/.test(says),
      );
    });
    await lab.run('kubectl', ['scale', 'deployment', '-n', operatorNamespace, '--all', '--replicas=1']);
    await unblock(bed, agent);
    await untilGone(bed, name);
    assert.equal(whyOn(bed, `clusteroperators.bookend.dev/${name}`).code, 3);
  });
});

function definition(): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Widget', plural: 'widgets', singular: 'widget', listKind: 'WidgetList' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}

/** One that may serve widgets and is scaled down. */
function operator(): KubernetesObject[] {
  const namespace = 'e2e-why';
  const name = 'runner';
  const labels = { app: name };
  const verbs = ['get', 'list', 'watch', 'update'];
  const rules = [{ apiGroups: ['example.com'], resources: ['widgets', 'widgets/finalizers'], verbs }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    ...granted('ClusterRole', { name: 'e2e-why-runner' }, rules, accountOf(name, namespace)),
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { serviceAccountName: name, containers: [{ name: 'main', image }] } },
      },
    },
  ];
}

/** Widgets of this namespace neither go nor lose a finalizer while its door is closed. */
function policy(namespace: string): KubernetesObject[] {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const rule = { apiGroups: ['example.com'], apiVersions: ['*'], operations: ['UPDATE', 'DELETE'], resources: ['widgets'] };
  return [
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name: 'e2e-why' } },
      spec: {
        failurePolicy: 'Fail',
        // No ConfigMap: of built-in kinds an API server goes on with old parameters once it had none to watch
        // (kubernetes/kubernetes#130887).
        paramKind: { apiVersion: 'example.com/v1', kind: 'Widget' },
        matchConstraints: { resourceRules: [rule] },
        variables: [
          { name: 'finalizers', expression: 'has(oldObject.metadata.finalizers) ? oldObject.metadata.finalizers : []' },
        ],
        validations: [
          {
            expression: "variables.finalizers.size() == 0 || params.spec.open == 'yes'",
            message: 'the door is closed',
          },
        ],
      },
    },
    {
      ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name: 'e2e-why' } },
      spec: {
        policyName: 'e2e-why',
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } } },
        paramRef: { name: 'doors', namespace, parameterNotFoundAction: 'Deny' },
      },
    },
  ];
}

function webhook(namespace: string): KubernetesObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'e2e-why' },
    webhooks: [
      {
        name: 'widgets.e2e.example',
        clientConfig: { service: { namespace, name: 'nobody' } },
        rules: [{ apiGroups: ['example.com'], apiVersions: ['*'], operations: ['UPDATE'], resources: ['widgets'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        sideEffects: 'None',
        timeoutSeconds: 1,
        admissionReviewVersions: ['v1'],
        failurePolicy: 'Fail',
      },
    ],
  };
}

/** @param options `sleep`: seconds of its preStop hook; `claim`: that it mounts; `ends`: by itself, at once */
function pod(name: string, namespace: string, options: { sleep?: number; claim?: string; ends?: boolean }): KubernetesObject {
  const { sleep, claim, ends } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: {
      ...(ends && { restartPolicy: 'Never' }),
      terminationGracePeriodSeconds: 30,
      tolerations: [{ operator: 'Exists' }],
      containers: [
        {
          name: 'main',
          image,
          command: [
            '/usr/bin/node',
            '-e',
            ends ? '0' : 'process.on("SIGTERM", () => process.exit(0)); setInterval(() => {}, 1000)',
          ],
          ...(sleep && { lifecycle: { preStop: { sleep: { seconds: sleep } } } }),
          ...(claim && { volumeMounts: [{ name: 'data', mountPath: '/data' }] }),
        },
      ],
      ...(claim && { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }] }),
    },
  };
}

function volume(): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'e2e-why' },
    spec: {
      capacity: { storage: '1Mi' },
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      persistentVolumeReclaimPolicy: 'Retain',
      hostPath: { path: '/tmp/e2e-why', type: 'DirectoryOrCreate' },
    },
  };
}

function claim(namespace: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: '',
      volumeName: 'e2e-why',
      resources: { requests: { storage: '1Mi' } },
    },
  };
}

function apiService(namespace: string): KubernetesObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1.silent.e2e.example' },
    spec: {
      group: 'silent.e2e.example',
      version: 'v1',
      groupPriorityMinimum: 100,
      versionPriority: 100,
      insecureSkipTLSVerify: true,
      service: { namespace, name: 'silent' },
    },
  };
}

/** An account that may read widgets and nothing else. */
function reader(namespace: string): KubernetesObject[] {
  const metadata = { name: 'reader', namespace };
  const rules = [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    ...granted('Role', metadata, rules, accountOf('reader', namespace)),
  ];
}
