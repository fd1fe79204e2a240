/**
 * `bookend why` on a real cluster: what it says of an object that is stuck is compared with what really happens, and
 * the commands that it shows are carried out as they stand there, to see that they do what it says.
 */
import assert from 'node:assert/strict';
import { after, afterEach, describe, test } from 'node:test';
import type { KubernetesObject } from '../../src/objects/object.ts';
import type { Blocker, Why } from '../../src/why/blocker.ts';
import { bookend, type Ended } from '../../tools/lab/command-line.ts';
import { until } from '../../tools/lab/observe.ts';
import { agentWithAccess, image } from './objects.ts';
import {
  deleteResource,
  freshNamespace,
  operatorNamespace,
  patienceMs,
  podsOf,
  put,
  type Stage,
  unblock,
  untilGone,
  untilReady,
  useStage,
} from './support.ts';

const finalizer = 'example.com/cleanup';
const rbac = 'rbac.authorization.k8s.io';

describe('bookend why', () => {
  const stage = useStage('why', { bookend: false });
  const loose: { apiVersion: string; kind: string; name: string }[] = [];
  const cleanLoose = async () => {
    for (const ref of loose.splice(0).reverse()) await stage.cluster.delete(ref);
  };
  afterEach(cleanLoose);
  after(cleanLoose);

  test('names the controller that is scaled down, and its last command removes that finalizer and no other', async () => {
    await put(stage, definition(), ...operator());
    await until('the definition', () => stage.cluster.kind('example.com/v1', 'Widget'), patienceMs);
    await put(stage, widget('one', [finalizer, 'other.example/second']));
    await stage.lab.run('kubectl', ['delete', 'widget', 'one', '-n', stage.namespace, '--wait=false']);
    const { code, answer } = why('widgets/one', '-n', stage.namespace);
    assert.equal(code, 7);
    const [first, second] = answer.blockers;
    assert.match(
      first?.says ?? '',
      new RegExp(
        `^finalizer example\\.com/cleanup on Widget ${stage.namespace}/one: its controller \\(likely\\) Deployment ${stage.namespace}/runner has no running Pod: it is scaled to 0$`,
      ),
    );
    assert.match(second?.says ?? '', /^finalizer other\.example\/second/);
    await shell(first?.help.at(-1)?.command);
    const left = await stage.cluster.get({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      namespace: stage.namespace,
      name: 'one',
    });
    assert.deepEqual(left?.metadata.finalizers, ['other.example/second']);
    const again = why('widgets/one', '-n', stage.namespace);
    await shell(again.answer.blockers[0]?.help.at(-1)?.command);
    assert.equal(why('widgets/one', '-n', stage.namespace).code, 3);
  });

  test('finds the webhook that really refuses the removal, and the way out', async () => {
    await put(stage, definition());
    await until('the definition', () => stage.cluster.kind('example.com/v1', 'Widget'), patienceMs);
    await put(stage, widget('two', [finalizer]), webhook(stage.namespace));
    loose.push({ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', name: 'e2e-why' });
    await stage.lab.run('kubectl', ['delete', 'widget', 'two', '-n', stage.namespace, '--wait=false']);
    const remove = ['patch', 'widget', 'two', '-n', stage.namespace, '--type=merge', '-p', '{"metadata":{"finalizers":null}}'];
    const refused = await until('the webhook to be asked', async () => {
      const outcome = await stage.lab.attempt('kubectl', [...remove, '--dry-run=server']);
      return outcome.code !== 0 && outcome;
    });
    assert.match(refused.stderr, /failed calling webhook "widgets\.e2e\.example"/);
    const { answer } = why('widgets/two', '-n', stage.namespace);
    const found = all(answer.blockers).find(({ kind }) => kind === 'webhook');
    assert.match(
      found?.says ?? '',
      /^webhook widgets\.e2e\.example of ValidatingWebhookConfiguration e2e-why refuses the removal of finalizers/,
    );
    await shell(found?.help.at(-1)?.command);
    await until('the webhook to be forgotten', async () => (await stage.lab.attempt('kubectl', remove)).code === 0);
  });

  test('says before what a policy really refuses, with its parameters, and --try asks the API server itself', async () => {
    const { namespace, lab, cluster } = stage;
    await put(stage, definition());
    await until('the definition', () => cluster.kind('example.com/v1', 'Widget'), patienceMs);
    const doors = (open: string) => ({
      ...{ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'doors', namespace }, spec: { open } },
    });
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
      loose.push({ apiVersion: 'admissionregistration.k8s.io/v1', kind, name: 'e2e-why' });
    await put(stage, widget('three', [finalizer]), doors('no'), ...policy(namespace));
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
      return all(answer.blockers).some(
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

    await put(stage, doors('yes'));
    await until('the door to be open', async () => (await outcome('DELETE')).code === 0);
    assert.ok(!predicted('DELETE'));
    assert.equal(why('widgets/three', '-n', namespace, '--try').answer.tried?.answer, 'allowed');
    assert.equal((await cluster.get(ref('three')))?.metadata.deletionTimestamp, undefined, 'a dry run');

    await lab.run('kubectl', [...attempts.DELETE, '--wait=false']);
    await put(stage, doors('no'));
    await until('the door to be closed', async () => (await outcome('UPDATE')).code !== 0);
    assert.ok(predicted('UPDATE'));
    assert.equal(why('widgets/three', '-n', namespace, '--try').answer.tried?.answer, 'refused');
    await put(stage, doors('yes'));
    await until('the door to be open again', async () => (await outcome('UPDATE')).code === 0);
    assert.ok(!predicted('UPDATE'));
    assert.equal(why('widgets/three', '-n', namespace, '--try').answer.tried?.answer, 'allowed');
    assert.deepEqual((await cluster.get(ref('three')))?.metadata.finalizers, [finalizer], 'a dry run');
    await lab.run('kubectl', attempts.UPDATE);
    await until('the Widget to be gone', async () => (await cluster.get(ref('three'))) === undefined);
  });

  test('follows a namespace down to the finalizer and the Pod in it', async () => {
    const namespace = 'e2e-why-inner';
    await freshNamespace(stage.lab, namespace);
    await put(stage, definition());
    await until('the definition', () => stage.cluster.kind('example.com/v1', 'Widget'), patienceMs);
    await put(stage, widget('inner', [finalizer], namespace), pod('slow', namespace, { sleep: 20 }));
    await running('slow', namespace);
    await stage.lab.run('kubectl', ['delete', 'namespace', namespace, '--wait=false']);
    const early = await until('the Pod to stop', async () => {
      const { answer } = why(`namespace/${namespace}`);
      return all(answer.blockers).some(({ says }) => says.includes('preStop of container main has run')) && answer;
    });
    assert.match(early.blockers[0]?.says ?? '', /Pods go first, everything else waits for them/);
    const late = await until(
      'the Widget to be what is left',
      async () => {
        const { answer, code } = why(`namespace/${namespace}`);
        return code === 7 && answer;
      },
      patienceMs,
    );
    const texts = all(late.blockers).map(({ says }) => says);
    assert.ok(
      texts.some((text) => text.startsWith(`finalizer ${finalizer} on Widget ${namespace}/inner`)),
      texts.join('\n'),
    );
    await until(
      'the condition to say so too',
      async () => {
        const { answer } = why(`namespace/${namespace}`);
        return all(answer.blockers).some(({ evidence }) =>
          evidence.some(({ field }) => field === 'status.conditions[NamespaceFinalizersRemaining]'),
        );
      },
      patienceMs,
    );
    const command = all(late.blockers)
      .flatMap(({ help }) => help)
      .at(-1)?.command;
    await shell(command);
    await until('the namespace to be gone', async () => why(`ns/${namespace}`).code === 3, patienceMs);
  });

  test('says which Pod uses a claim, ended or not', async () => {
    const { namespace } = stage;
    loose.push({ apiVersion: 'v1', kind: 'PersistentVolume', name: 'e2e-why' });
    await put(stage, volume(), claim(namespace), pod('user', namespace, { claim: 'data', ends: true }));
    await until('the Pod to have ended', async () => {
      const found = await stage.cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'user' });
      return (found?.status as { phase?: string } | undefined)?.phase === 'Succeeded';
    });
    await stage.lab.run('kubectl', ['delete', 'pvc', 'data', '-n', namespace, '--wait=false']);
    const { answer, code } = why('pvc/data', '-n', namespace);
    assert.equal(code, 7);
    assert.equal(answer.blockers[0]?.says, `PersistentVolumeClaim ${namespace}/data is in use by Pod user`);
    await shell(all(answer.blockers)[1]?.help[0]?.command);
    await until('the claim to be gone', async () => why('pvc/data', '-n', namespace).code === 3);
  });

  test('says that an API does not answer, of its kinds and of every namespace that waits for it', async () => {
    const namespace = 'e2e-why-api';
    await freshNamespace(stage.lab, namespace);
    const service = apiService(stage.namespace);
    await put(stage, service);
    loose.push({ apiVersion: service.apiVersion, kind: service.kind, name: service.metadata.name });
    const conditions = [
      'get',
      'apiservice',
      service.metadata.name,
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Available")].status}',
    ];
    await until(
      'the APIService to be found wanting',
      async () => (await stage.lab.run('kubectl', conditions)).stdout === 'False',
    );
    await stage.lab.run('kubectl', ['delete', 'namespace', namespace, '--wait=false']);
    await until(
      'the namespace controller to complain',
      async () => {
        const { answer } = why(`ns/${namespace}`);
        const evidence = all(answer.blockers).flatMap((each) => each.evidence);
        return evidence.some(({ field }) => field === 'status.conditions[NamespaceDeletionDiscoveryFailure]');
      },
      patienceMs,
    );
    const { answer, code } = why(`ns/${namespace}`);
    assert.equal(code, 7);
    const found = all(answer.blockers).find(({ kind }) => kind === 'api-service');
    assert.match(
      found?.says ?? '',
      /^APIService v1\.silent\.e2e\.example does not answer: its Service e2e-why\/silent does not exist$/,
    );
    const kind = run('why', 'things.silent.e2e.example/x');
    assert.notEqual(kind.status, 0);
    assert.match(kind.stderr, /APIService v1\.silent\.e2e\.example/);
    await shell(found?.help.at(-1)?.command);
    await until('the namespace to be gone', async () => why(`ns/${namespace}`).code === 3, patienceMs);
  });

  test('is allowed little and says what it could not see', async () => {
    const { namespace } = stage;
    await put(stage, definition());
    await until('the definition', () => stage.cluster.kind('example.com/v1', 'Widget'), patienceMs);
    await put(stage, widget('three', [finalizer]), ...reader(namespace));
    await stage.lab.run('kubectl', ['delete', 'widget', 'three', '-n', namespace, '--wait=false']);
    const { code, answer } = why('widgets/three', '-n', namespace, '--as', `system:serviceaccount:${namespace}:reader`);
    assert.equal(code, 7);
    assert.match(answer.blockers[0]?.says ?? '', /nobody that could be seen serves it/);
    assert.ok(
      answer.notSeen.some((text) => /^clusterroles\.rbac\.authorization\.k8s\.io: /.test(text)),
      answer.notSeen.join('\n'),
    );
    await shell(answer.blockers[0]?.help.at(-1)?.command);
  });

  function widget(name: string, finalizers: string[], namespace = stage.namespace): KubernetesObject {
    return { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name, namespace, finalizers } };
  }

  function ref(name: string) {
    return { apiVersion: 'example.com/v1', kind: 'Widget', namespace: stage.namespace, name };
  }

  const why = (...args: string[]) => whyOn(stage, ...args);
  const run = (...args: string[]) => runOn(stage, ...args);

  /** As a person would paste it, but for the quotes. */
  async function shell(command: string | undefined): Promise<void> {
    assert.match(command ?? '', /^kubectl /);
    const words = command?.match(/'[^']*'|\S+/g)?.map((word) => word.replace(/^'|'$/g, '')) ?? [];
    await stage.lab.run('kubectl', words.slice(1));
  }

  async function running(name: string, namespace: string): Promise<void> {
    await stage.lab.run('kubectl', ['wait', '--for=condition=Ready', `pod/${name}`, '-n', namespace, '--timeout=120s']);
  }
});

describe('bookend why of a ClusterOperator', () => {
  const stage = useStage('why-operator');

  test('tells what its operator waits for, down to the Pod, and that the operator itself is gone', async () => {
    const { namespace, lab } = stage;
    const name = 'e2e-why';
    await put(stage, agentWithAccess(name, namespace));
    await untilReady(stage, name);
    const [agent] = await podsOf(stage, name);
    assert.ok(agent);
    // By a person: what our own field manager had set would be taken for Bookend's.
    const finalizers = '{"metadata":{"finalizers":["e2e.example/blocker"]}}';
    await lab.run('kubectl', ['patch', 'pod', agent.metadata.name, '-n', namespace, '--type=merge', '-p', finalizers]);
    await deleteResource(stage, name);
    const answer = await until(
      'the Pod to be all that is left',
      async () => {
        const { code, answer: now } = whyOn(stage, `clusteroperators.bookend.dev/${name}`);
        return code === 7 && now;
      },
      patienceMs,
    );
    const texts = all(answer.blockers).map(({ says }) => says);
    const pod = `Pod ${namespace}/${agent.metadata.name}`;
    assert.match(texts[0] ?? '', new RegExp(`^DaemonSet ${namespace}/${name}: ${pod}`));
    assert.ok(
      texts.some((text) => text.startsWith(`finalizer e2e.example/blocker on ${pod}: `)),
      texts.join('\n'),
    );
    assert.ok(!texts.some((text) => text.includes('Bookend operator')), 'which runs');

    await lab.run('kubectl', ['scale', 'deployment', '-n', operatorNamespace, '--all', '--replicas=0']);
    await until(
      'the operator to be missed',
      async () => {
        const { answer: now } = whyOn(stage, `clusteroperators.bookend.dev/${name}`);
        return all(now.blockers).some(({ says }) =>
          /the Bookend operator Deployment \S+ has no running Pod: it is scaled to 0/.test(says),
        );
      },
      patienceMs,
    );
    await lab.run('kubectl', ['scale', 'deployment', '-n', operatorNamespace, '--all', '--replicas=1']);
    await unblock(stage, agent);
    await untilGone(stage, name);
    assert.equal(whyOn(stage, `clusteroperators.bookend.dev/${name}`).code, 3);
  });
});

const nothing: Why = {
  object: { apiVersion: '', kind: '', name: '' },
  state: 'present',
  says: '',
  stuck: false,
  blockers: [],
  notSeen: [],
};

function whyOn(stage: Stage, ...args: string[]): { code: number | null; answer: Why } {
  const { status: code, stdout, stderr } = runOn(stage, 'why', ...args, '-o', 'json');
  if (code !== 0 && code !== 7 && code !== 3) throw new Error(`${code}: ${stderr}`);
  return { code, answer: code === 3 ? nothing : (JSON.parse(stdout) as Why) };
}

function runOn({ lab }: Stage, ...args: string[]): Ended {
  return bookend(lab, [...args, '--kubeconfig', lab.kubeconfig], { timeoutMs: 60_000 });
}

function all(blockers: readonly Blocker[]): Blocker[] {
  return blockers.flatMap((blocker) => [blocker, ...all(blocker.because)]);
}

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
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata: { name: 'e2e-why-runner' },
      rules: [
        { apiGroups: ['example.com'], resources: ['widgets', 'widgets/finalizers'], verbs: ['get', 'list', 'watch', 'update'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata: { name: 'e2e-why-runner' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'e2e-why-runner' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
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
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata,
      rules: [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['get'] }],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    },
  ];
}
