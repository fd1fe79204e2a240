/** The chart of the operator: what it renders to by default and with unusual values, and what its schema refuses. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { at, chartPath, helms, kubeVersion, theOnly, useCharts, valuesFile } from './helm.ts';

const chart = 'charts/bookend';

describe('The chart bookend', () => {
  const charts = useCharts();

  for (const helm of helms) {
    test(`passes ${helm} lint, with default values and with all that can be switched`, async () => {
      for (const values of [{}, everything]) {
        await charts.lab.run(helm, ['lint', '--strict', chartPath(chart), '--values', valuesFile(values), ...kubeVersion]);
      }
    });

    test(`renders the same objects with ${helm}, twice`, async () => {
      const one = await charts.render(chart, everything, { helm });
      const other = await charts.render(chart, everything, { helm: 'helm4' });
      // The two do not agree in which order kinds are installed that are late anyway.
      assert.deepEqual(byName(other), byName(one));
    });
  }

  test('runs the command of the operator in the image of its version, as restricted as a Pod can be', async () => {
    const deployment = theOnly(await charts.render(chart), 'Deployment');
    const container = at(deployment, 'spec.template.spec.containers.0');
    assert.equal(at(container, 'image'), 'registry.bookend.dev/bookend:0.1.0');
    assert.equal(at(container, 'args.0'), 'operator');
    assert.deepEqual(at(container, 'securityContext'), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert.equal(at(deployment, 'spec.template.spec.securityContext.runAsNonRoot'), true);
    const environment = (at(container, 'env') as { name: string }[]).map(({ name }) => name);
    assert.deepEqual(environment, ['POD_NAME', 'POD_NAMESPACE']);
  });

  test('gives the operator no right to write anything but its own resource, its lease, events, probes and what its webhook needs', async () => {
    const rules = operatorRules(await charts.render(chart));
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch', 'impersonate'].includes(verb)));
    const written = new Set(writing.flatMap(({ resources }) => resources));
    assert.deepEqual([...written].sort(), [
      'clusteroperators',
      'clusteroperators/finalizers',
      'clusteroperators/status',
      'configmaps',
      'events',
      'leases',
      'mutatingwebhookconfigurations',
      'pods',
      'secrets',
    ]);
    const only = {
      mutatingwebhookconfigurations: 'try-bookend-webhook',
      secrets: 'try-bookend-webhook',
      configmaps: 'bookend-image-volumes',
    };
    for (const [resource, name] of Object.entries(only)) {
      const [rule, ...others] = rules.filter(({ resources }) => resources.includes(resource));
      assert.deepEqual([rule?.resourceNames, others], [[name], []], `${resource}: only the one`);
      // Server-side apply is authorized with the name: the Secret can be made again, and no other.
      const verbs = ['get', 'list', 'watch', 'patch', ...(resource === 'secrets' ? ['create'] : [])];
      assert.deepEqual(rule?.verbs, verbs, `${resource}: no more than is needed`);
    }
    assert.ok(!rules.some(({ verbs, resources }) => [...verbs, ...resources].includes('*')));
  });

  test('lets the operator act as any account, or as the named ones and the deployer only', async () => {
    const anybody = await charts.render(chart);
    assert.equal(impersonating(theOnly(anybody, 'ClusterRole', 'try-bookend')).length, 1);

    const accounts = [
      { namespace: 'team', name: 'one' },
      { namespace: 'team', name: 'two' },
    ];
    const some = await charts.render(chart, { impersonation: { accounts } });
    assert.deepEqual(impersonating(theOnly(some, 'ClusterRole', 'try-bookend')), []);
    const roles = some.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === 'try-bookend-impersonate');
    const named = roles.flatMap((role) =>
      impersonating(role).map(({ resourceNames }) => [role.metadata.namespace, resourceNames]),
    );
    assert.deepEqual(named.sort(), [
      ['here', ['bookend-deployer']],
      ['team', ['one', 'two']],
    ]);
  });

  test('gives the deployer the named ClusterRole, or rules of its own, or leaves it to others', async () => {
    const roleOf = (objects: KubernetesObject[]) =>
      at(theOnly(objects, 'ClusterRoleBinding', 'here-bookend-deployer'), 'roleRef.name');
    assert.equal(roleOf(await charts.render(chart)), 'cluster-admin');
    assert.equal(roleOf(await charts.render(chart, { deployer: { clusterRole: 'edit' } })), 'edit');

    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }];
    const narrow = await charts.render(chart, { deployer: { rules } });
    assert.equal(roleOf(narrow), 'here-bookend-deployer');
    assert.deepEqual(theOnly(narrow, 'ClusterRole', 'here-bookend-deployer').rules, rules);

    const none = await charts.render(chart, { deployer: { create: false, name: 'mine' } });
    assert.deepEqual(
      none.filter(({ metadata }) => metadata.name.includes('deployer')),
      [],
    );
    assert.ok((at(theOnly(none, 'Deployment'), 'spec.template.spec.containers.0.args') as string[]).includes('--deployer=mine'));
  });

  test('contains the CustomResourceDefinition as an ordinary object that can be kept or left out', async () => {
    const crd = theOnly(await charts.render(chart), 'CustomResourceDefinition');
    assert.equal(crd.metadata.name, 'clusteroperators.bookend.dev');
    assert.equal(crd.metadata.annotations?.['helm.sh/resource-policy'], undefined);
    const kept = theOnly(await charts.render(chart, { crds: { keep: true } }), 'CustomResourceDefinition');
    assert.equal(kept.metadata.annotations?.['helm.sh/resource-policy'], 'keep');
    const without = await charts.render(chart, { crds: { install: false } });
    assert.ok(!without.some(({ kind }) => kind === 'CustomResourceDefinition'));
  });

  test('guards everything that the operator needs', async () => {
    const values = {
      impersonation: { accounts: [{ namespace: 'team', name: 'one' }] },
      deployer: { rules: [{ verbs: ['get'], resources: ['pods'], apiGroups: [''] }] },
    };
    const objects = await charts.render(chart, values);
    const guarded = String(
      at(theOnly(objects, 'ValidatingAdmissionPolicy', 'try-bookend-guard'), 'spec.matchConditions.0.expression'),
    );
    const definition = theOnly(objects, 'ValidatingAdmissionPolicy', 'try-bookend-guard-definition');
    assert.match(String(at(definition, 'spec.matchConditions.0.expression')), /'clusteroperators\.bookend\.dev'/);
    const needed = objects.filter(({ kind, metadata }) => isNeeded(kind) && !metadata.annotations?.['helm.sh/hook']);
    assert.ok(needed.length > 10);
    for (const { kind, metadata } of needed) {
      const key = `'${pluralOf(kind)}/${metadata.namespace ?? ''}/${metadata.name}'`;
      assert.ok(guarded.includes(key), `${key} is not guarded`);
    }
    assert.ok(guarded.includes("'namespaces//here'"));
  });

  test('holds nothing up when the CustomResourceDefinition is gone before the guard', async () => {
    const guard = theOnly(await charts.render(chart), 'ValidatingAdmissionPolicy', 'try-bookend-guard');
    assert.equal(at(guard, 'spec.failurePolicy'), 'Ignore');
    const ofDefinition = theOnly(await charts.render(chart), 'ValidatingAdmissionPolicy', 'try-bookend-guard-definition');
    assert.equal(at(ofDefinition, 'spec.failurePolicy'), 'Fail', 'the definition itself is never deleted in doubt');
    const binding = theOnly(await charts.render(chart), 'ValidatingAdmissionPolicyBinding', 'try-bookend-guard');
    assert.equal(at(binding, 'spec.paramRef.parameterNotFoundAction'), 'Allow');
  });

  test('has every policy by default, and without one when it is switched off', async () => {
    assert.equal(policies(await charts.render(chart)).length, 8);
    const without = { guard: { enabled: false }, admission: { checkRights: false, refuseSilentAdoption: false } };
    assert.deepEqual(policies(await charts.render(chart, without)), []);
  });

  test('has a webhook that is asked about Pods with the label only, and never about those that the cluster needs', async () => {
    const [webhook, ...others] = theOnly(await charts.render(chart), 'MutatingWebhookConfiguration').webhooks as object[];
    assert.deepEqual(others, []);
    assert.deepEqual(at(webhook, 'objectSelector'), { matchLabels: { 'share.bookend.dev/inject': 'true' } });
    assert.deepEqual(at(webhook, 'namespaceSelector.matchExpressions'), [
      {
        key: 'kubernetes.io/metadata.name',
        operator: 'NotIn',
        values: ['kube-system', 'kube-public', 'kube-node-lease', 'here'],
      },
    ]);
    assert.deepEqual(at(webhook, 'rules'), [
      { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'], scope: 'Namespaced' },
    ]);
    const { failurePolicy, reinvocationPolicy, timeoutSeconds, sideEffects, admissionReviewVersions } = webhook as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      { failurePolicy, reinvocationPolicy, timeoutSeconds, sideEffects, admissionReviewVersions },
      {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'IfNeeded',
        timeoutSeconds: 5,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    );
    const more = await charts.render(chart, { webhook: { excludedNamespaces: ['here', 'storage'] } });
    assert.deepEqual(
      at(theOnly(more, 'MutatingWebhookConfiguration'), 'webhooks.0.namespaceSelector.matchExpressions.0.values'),
      [...['kube-system', 'kube-public', 'kube-node-lease', 'here', 'storage']],
    );
  });

  test('leaves the certificate and the trust in it to the operator, which is told where they are', async () => {
    const objects = await charts.render(chart, { webhook: { port: 10250 } });
    const name = 'try-bookend-webhook';
    const secret = theOnly(objects, 'Secret', name);
    assert.deepEqual([secret.data, secret.stringData], [undefined, undefined]);
    const client = at(theOnly(objects, 'MutatingWebhookConfiguration', name), 'webhooks.0.clientConfig');
    assert.deepEqual(client, { service: { name, namespace: 'here', path: '/share', port: 443 } });
    const deployment = theOnly(objects, 'Deployment');
    const service = theOnly(objects, 'Service', name);
    assert.deepEqual(at(service, 'spec.selector'), at(deployment, 'spec.selector.matchLabels'));
    const container = at(deployment, 'spec.template.spec.containers.0');
    const args = at(container, 'args') as string[];
    assert.ok(args.includes(`--webhook=${name}`) && args.includes('--webhook-port=10250'));
    const port = (at(container, 'ports') as { name: string; containerPort: number }[]).find(({ name }) => name === 'webhook');
    assert.equal(port?.containerPort, 10250);
    assert.equal(at(service, 'spec.ports.0.targetPort'), 'webhook');
  });

  test('has the uninstall hook take the webhook out when the ClusterOperators are gone, and lets it delete no other', async () => {
    const objects = await charts.render(chart);
    const args = at(theOnly(objects, 'Job'), 'spec.template.spec.containers.0.args') as string[];
    const targets = JSON.parse(args[args.indexOf('--targets') + 1] ?? '');
    assert.deepEqual(targets, [
      { kind: 'clusteroperators.bookend.dev' },
      { kind: 'mutatingwebhookconfigurations.admissionregistration.k8s.io', names: ['try-bookend-webhook'] },
    ]);
    const role = objects.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.annotations?.['helm.sh/hook']);
    assert.ok(role);
    const deleting = (role.rules as Rule[]).filter(({ verbs }) => verbs.includes('delete'));
    assert.deepEqual(
      deleting.map(({ resources, resourceNames }) => [resources, resourceNames]),
      [
        [['clusteroperators'], undefined],
        [['mutatingwebhookconfigurations'], ['try-bookend-webhook']],
      ],
    );
  });

  test('has nothing of the webhook when it is switched off', async () => {
    const objects = await charts.render(chart, { webhook: { enabled: false } });
    assert.ok(!JSON.stringify(objects.filter(({ kind }) => kind !== 'CustomResourceDefinition')).includes('webhook'));
  });

  test('lets the operator try image volumes with Pods of its own namespace, and not even that when it is switched off', async () => {
    const by = async (values: object) => {
      const objects = await charts.render(chart, values);
      const ofPods = objects.filter(
        ({ kind, rules, metadata }) =>
          /Role$/.test(kind) &&
          !metadata.annotations?.['helm.sh/hook'] &&
          (rules as Rule[]).some(({ resources }) => resources.some((each) => /^(pods|nodes|configmaps)$/.test(each))),
      );
      const configMaps = objects.filter(({ kind }) => kind === 'ConfigMap');
      const args = at(theOnly(objects, 'Deployment'), 'spec.template.spec.containers.0.args') as string[];
      return {
        roles: ofPods.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}`).sort(),
        configMaps: configMaps.map(({ metadata, data }) => [metadata.name, data]),
        arg: args.find((arg) => arg.startsWith('--probe-image-volumes=')),
      };
    };
    assert.deepEqual(await by({}), {
      roles: ['ClusterRole ', 'Role here'],
      configMaps: [['bookend-image-volumes', undefined]],
      arg: '--probe-image-volumes=true',
    });
    const off = { roles: [], configMaps: [], arg: '--probe-image-volumes=false' };
    assert.deepEqual(await by({ imageVolumes: { probe: false } }), off);
  });

  test('names the image of the copy tool, by its digest where there is one', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const image = async (values: object) => {
      const args = at(
        theOnly(await charts.render(chart, values), 'Deployment'),
        'spec.template.spec.containers.0.args',
      ) as string[];
      return args.find((arg) => arg.startsWith('--seed-image='));
    };
    assert.equal(await image({}), '--seed-image=registry.bookend.dev/seed:0.1.0');
    const other = { seed: { image: { repository: 'mirror.example/seed', tag: '7', digest } } };
    assert.equal(await image(other), `--seed-image=mirror.example/seed:7@${digest}`);
  });

  test('checks the rights for the account and the namespace of the release that are really used', async () => {
    const objects = await charts.render(chart, { deployer: { name: 'mine' } }, { namespace: 'there' });
    const text = JSON.stringify(theOnly(objects, 'ValidatingAdmissionPolicy', 'try-bookend-rights'));
    assert.match(text, /'there'/);
    assert.match(text, /'mine'/);
  });

  test('has names without a doubled "bookend" when the release is called so', async () => {
    const objects = await charts.render(chart, {}, { release: 'bookend' });
    assert.equal(theOnly(objects, 'Deployment').metadata.name, 'bookend');
  });

  test('stays within the length of names for the longest release', async () => {
    for (const { kind, metadata } of await charts.render(chart, everything, {
      release: 'r'.repeat(53),
      namespace: 'n'.repeat(63),
    })) {
      const most = ['Deployment', 'Service', 'Job', 'Pod'].includes(kind) ? 63 : 253;
      assert.ok(metadata.name.length <= most, `${kind} ${metadata.name}`);
      for (const value of Object.values(metadata.labels ?? {})) assert.ok(value.length <= 63, `label of ${kind}: ${value}`);
    }
  });

  const mistakes: [string, object, RegExp][] = [
    ['an unknown value', { replica: 2 }, /replica/],
    ['an unknown value inside', { deployer: { create: true, name: 'x', role: 'edit' } }, /role/],
    ['a number as text', { replicas: 'two' }, /replicas/],
    ['a log level that is none', { logLevel: 'loud' }, /logLevel/],
    ['a deployer without a name', { deployer: { name: '' } }, /deployer.*name|name.*deployer/s],
    ['a deployer without rights', { deployer: { clusterRole: '', rules: [] } }, /deployer: give clusterRole or rules/],
    [
      'a ServiceMonitor without a Service',
      { metrics: { service: { enabled: false }, serviceMonitor: { enabled: true } } },
      /serviceMonitor/,
    ],
    ['an account without a namespace', { impersonation: { accounts: [{ name: 'x' }] } }, /namespace/],
    ['a time-out of the hook that is too short', { uninstall: { timeoutSeconds: 1 } }, /timeoutSeconds/],
    ['a port of the webhook that is taken', { webhook: { port: 8081 } }, /port/],
    ['a port of the webhook that only root may open', { webhook: { port: 443 } }, /port/],
    ['a digest that is none', { seed: { image: { digest: 'latest' } } }, /digest/],
    ['a toleration that Kubernetes does not know', { tolerations: [{ operator: 'Maybe' }] }, /tolerations/],
  ];
  for (const [what, values, says] of mistakes) {
    test(`refuses ${what}, with the name of the value`, async () => {
      for (const helm of helms) assert.match(await charts.refusal(chart, values, helm), says);
    });
  }
});

/** Everything that can be switched, switched away from its default. */
const everything = {
  replicas: 2,
  image: { tag: '9.9.9', pullPolicy: 'Always', pullSecrets: [{ name: 'registry' }] },
  logLevel: 'debug',
  deployer: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
  impersonation: { accounts: [{ namespace: 'team', name: 'deployer' }] },
  crds: { keep: true },
  uninstall: { timeoutSeconds: 60, workload: 'Pod', nodeSelector: { a: 'b' }, priorityClassName: 'high' },
  webhook: { port: 10250, excludedNamespaces: ['storage'] },
  seed: { image: { repository: 'mirror.example/seed', tag: '7' } },
  imageVolumes: { probe: false },
  metrics: { service: { port: 9090 }, serviceMonitor: { enabled: true, interval: '1m', labels: { a: 'b' } } },
  serviceAccount: { annotations: { a: 'b' } },
  podAnnotations: { a: 'b' },
  podLabels: { a: 'b' },
  nodeSelector: { a: 'b' },
  tolerations: [{ operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  priorityClassName: 'high',
  podDisruptionBudget: { enabled: true },
};

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };

function operatorRules(objects: readonly KubernetesObject[]): Rule[] {
  const roles = objects.filter(({ kind, metadata }) => /Role$/.test(kind) && !metadata.annotations?.['helm.sh/hook']);
  return roles.flatMap((role) => role.rules as Rule[]);
}

function impersonating(role: KubernetesObject): Rule[] {
  return (role.rules as Rule[]).filter(({ verbs }) => verbs.includes('impersonate'));
}

function byName(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const name = ({ kind, metadata }: KubernetesObject) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;
  return [...objects].sort((a, b) => name(a).localeCompare(name(b)));
}

function policies(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
}

function isNeeded(kind: string): boolean {
  return /^(Deployment|ServiceAccount|(Cluster)?Role(Binding)?|Lease)$/.test(kind);
}

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}
