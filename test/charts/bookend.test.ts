/** The chart of the operator: what it renders to by default and with unusual values, and what its schema refuses. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { argsOf, at, chartPath, helms, kubeVersion, theOnly, useCharts, valuesFile } from './helm.ts';

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

  test('runs two replicas on different nodes, which an eviction leaves one of, ahead of Pods that name no priority', async () => {
    const objects = await charts.render(chart);
    const deployment = theOnly(objects, 'Deployment');
    assert.equal(at(deployment, 'spec.replicas'), 2);
    assert.equal(at(deployment, 'spec.template.spec.topologySpreadConstraints.0.topologyKey'), 'kubernetes.io/hostname');
    assert.equal(at(theOnly(objects, 'PodDisruptionBudget'), 'spec.maxUnavailable'), 1);
    const { metadata, value } = theOnly(objects, 'PriorityClass');
    assert.equal(value, 1_000_000);
    for (const pod of [deployment, theOnly(objects, 'Job')])
      assert.equal(at(pod, 'spec.template.spec.priorityClassName'), metadata.name);
  });

  test('names a PriorityClass that exists, or none, and then makes none', async () => {
    const named = async (values: object) => {
      const objects = await charts.render(chart, values);
      assert.deepEqual(objects.filter(({ kind }) => kind === 'PriorityClass').length, 0);
      return ['Deployment', 'Job'].map((kind) => at(theOnly(objects, kind), 'spec.template.spec.priorityClassName'));
    };
    assert.deepEqual(await named({ priorityClassName: 'high' }), ['high', 'high']);
    assert.deepEqual(await named({ priorityClassName: 'high', uninstall: { priorityClassName: 'higher' } }), ['high', 'higher']);
    assert.deepEqual(await named({ priorityClass: { create: false } }), [undefined, undefined]);
  });

  test('gives the operator the rights of its list and no others, whatever the values', async () => {
    const listed = new Set(
      listOfRights().map(({ apiGroups, resources, verbs }) => JSON.stringify({ apiGroups, resources, verbs })),
    );
    for (const values of [{}, everything, { metrics: { service: { enabled: true } } }]) {
      for (const { apiGroups, resources, verbs } of operatorRules(await charts.render(chart, values)))
        assert.ok(listed.has(JSON.stringify({ apiGroups, resources, verbs })), `${verbs} on ${resources} is not in the list`);
    }
  });

  test('gives the operator no right without a reason, none with a wildcard, and none to write what has a name without that name', async () => {
    const rights = listOfRights();
    for (const { reason, ...right } of rights) {
      const shown = JSON.stringify(right);
      assert.match(reason, /^To [^.]+\./, shown);
      assert.ok(!/"\*|\*"/.test(shown), `${shown} has a wildcard`);
    }
    const objects = await charts.render(chart, { metrics: { service: { enabled: true } } });
    const writing = operatorRules(objects).filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb)));
    assert.deepEqual(
      writing
        .map(({ resources, resourceNames, verbs }) => [resources.join(), resourceNames?.join() ?? 'any', verbs.join()])
        .sort(),
      [
        ['clusteroperators', 'any', 'patch'],
        ['clusteroperators/status', 'any', 'patch'],
        ['configmaps', 'bookend-image-volumes', 'list,watch,patch'],
        ['events', 'any', 'create'],
        ['leases', 'any', 'create'],
        ['leases', 'bookend', 'get,patch'],
        ['mutatingwebhookconfigurations', 'try-bookend-webhook', 'get,list,watch,patch'],
        ['pods', 'any', 'create,get,list,delete'],
        ['secrets', 'try-bookend-webhook', 'get,list,watch,patch,create'],
        ['serviceaccounts', 'any', 'impersonate'],
        ['subjectaccessreviews', 'any', 'create'],
        ['tokenreviews', 'any', 'create'],
        ['validatingadmissionpolicybindings', 'try-bookend-guard,try-bookend-guard-collections', 'get,list,watch,patch'],
      ],
    );
  });

  test('takes away each right together with the value that it is for', async () => {
    const off = {
      ...{ webhook: { enabled: false }, imageVolumes: { probe: false }, guard: { enabled: false } },
      ...{ admission: { checkRights: false }, metrics: { service: { enabled: false } } },
    };
    const left = operatorRules(await charts.render(chart, off)).flatMap(({ resources }) => resources);
    assert.deepEqual([...new Set(left)].sort(), [
      'clusteroperators',
      'clusteroperators/status',
      'events',
      'leases',
      'serviceaccounts',
    ]);
  });

  test('has one name that every release shares, so that Helm refuses a second one', async () => {
    const shared = async (release: string, namespace: string) =>
      (await charts.render(chart, { crds: { install: false } }, { release, namespace }))
        .filter(({ metadata }) => metadata.namespace === undefined && !metadata.annotations?.['helm.sh/hook'])
        .map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const other = await shared('other', 'there');
    const common = (await shared('try', 'here')).filter((name) => other.includes(name));
    assert.deepEqual(common, ['ClusterRole bookend-operator', 'ClusterRoleBinding bookend-operator']);
  });

  test('lets the operator act as any account, or as the named ones and the deployer only', async () => {
    const anybody = await charts.render(chart);
    assert.equal(impersonating(theOnly(anybody, 'ClusterRole', 'bookend-operator')).length, 1);

    const accounts = [
      { namespace: 'team', name: 'one' },
      { namespace: 'team', name: 'two' },
    ];
    const some = await charts.render(chart, { impersonation: { accounts } });
    assert.deepEqual(impersonating(theOnly(some, 'ClusterRole', 'bookend-operator')), []);
    const roles = some.filter(({ kind, metadata }) => kind === 'Role' && metadata.name === 'try-bookend-impersonate');
    const named = roles.flatMap((role) =>
      impersonating(role).map(({ resourceNames }) => [role.metadata.namespace, resourceNames]),
    );
    assert.deepEqual(named.sort(), [
      ['here', ['bookend-deployer']],
      ['team', ['one', 'two']],
    ]);
  });

  test('gives the deployer no rights, or rules of its own, or a ClusterRole that exists, and everything only if it is asked to', async () => {
    const role = 'here-bookend-deployer';
    const given = async (deployer: object) => {
      const objects = await charts.render(chart, { deployer });
      const bindings = objects.filter(({ kind, metadata }) => kind === 'ClusterRoleBinding' && metadata.name.startsWith(role));
      return {
        rules: theOnly(objects, 'ClusterRole', role).rules,
        bindings: bindings.map((binding) => [binding.metadata.name, at(binding, 'roleRef.name')]),
      };
    };
    const bindings = [[`${role}-rights`, role]];
    assert.deepEqual(await given({}), { rules: [], bindings }, 'none by default');
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }];
    assert.deepEqual(await given({ rules }), { rules, bindings });
    const all = [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ];
    assert.deepEqual(await given({ clusterAdmin: true }), { rules: all, bindings });
    assert.deepEqual(await given({ clusterRole: 'edit' }), {
      rules: [],
      bindings: [...bindings, [`${role}-edit`, 'edit']],
    });

    const none = await charts.render(chart, { deployer: { create: false, name: 'mine' } });
    assert.ok(!none.some(({ metadata }) => metadata.name.includes('deployer')));
    assert.ok(argsOf(theOnly(none, 'Deployment')).includes('--deployer=mine'));
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

  for (const guard of ['guard', 'guard-collections']) {
    test(`keeps everything that the operator needs: ${guard}`, async () => {
      const values = {
        impersonation: { accounts: [{ namespace: 'team', name: 'one' }] },
        deployer: { rules: [{ verbs: ['get'], resources: ['pods'], apiGroups: [''] }] },
      };
      const objects = await charts.render(chart, values);
      const policy = theOnly(objects, 'ValidatingAdmissionPolicy', `try-bookend-${guard}`);
      const kept = String(at(policy, 'spec.matchConditions.0.expression'));
      const rules = at(policy, 'spec.matchConstraints.resourceRules') as Rule[];
      const needed = objects.filter(
        ({ kind, metadata }) =>
          isNeeded(kind) &&
          metadata.namespace !== 'team' &&
          !metadata.annotations?.['helm.sh/hook'] &&
          metadata.namespace !== 'here-probes' &&
          !isOfReaders(metadata),
      );
      assert.ok(needed.length > 10);
      for (const { kind, metadata } of [...needed, { kind: 'Namespace', metadata: { name: 'here', namespace: undefined } }]) {
        const key = `'${pluralOf(kind)}/${metadata.namespace ?? ''}/${metadata.name}'`;
        assert.ok(kept.includes(key), `${key} is not kept`);
        const rule = rules.find(({ resources }) => resources.includes(pluralOf(kind)));
        assert.ok(guard !== 'guard' || rule?.resourceNames?.includes(metadata.name), `${key} is not asked about`);
      }
    });

    test(`holds without parameters, and passes until the operator engages it: ${guard}`, async () => {
      const objects = await charts.render(chart);
      const policy = theOnly(objects, 'ValidatingAdmissionPolicy', `try-bookend-${guard}`);
      assert.equal(at(policy, 'spec.paramKind'), undefined);
      assert.deepEqual(at(policy, 'spec.validations.0.expression'), 'false');
      const binding = theOnly(objects, 'ValidatingAdmissionPolicyBinding', `try-bookend-${guard}`);
      assert.deepEqual(binding.spec, { policyName: `try-bookend-${guard}`, validationActions: ['Audit'] });
      const args = argsOf(theOnly(objects, 'Deployment'));
      assert.ok(args.includes('--guard=try-bookend-guard,try-bookend-guard-collections'));
    });
  }

  test('lets an upgrade take rights away: what goes with a value is not kept by the guard', async () => {
    const wide = {
      deployer: { clusterRole: 'edit' },
      impersonation: { accounts: [{ namespace: 'team', name: 'one' }] },
      metrics: { service: { enabled: true } },
    };
    const names = (objects: readonly KubernetesObject[]) =>
      objects
        .filter(({ kind, metadata }) => /Role(Binding)?$/.test(kind) && !metadata.annotations?.['helm.sh/hook'])
        .map(({ kind, metadata }) => `'${pluralOf(kind)}/${metadata.namespace ?? ''}/${metadata.name}'`);
    const objects = await charts.render(chart, wide);
    const stays = names(
      await charts.render(chart, {
        imageVolumes: { probe: false },
        impersonation: { accounts: [{ namespace: 'other', name: 'x' }] },
      }),
    );
    const kept = String(
      at(theOnly(objects, 'ValidatingAdmissionPolicy', 'try-bookend-guard'), 'spec.matchConditions.0.expression'),
    );
    const goes = names(objects).filter((name) => !stays.includes(name));
    assert.equal(goes.length, 6);
    for (const name of goes) assert.ok(!kept.includes(name), `${name} would stay`);
  });

  test('has no policy that could refuse objects of others: each has a name, our label or our kind, or only warns', async () => {
    const objects = await charts.render(chart);
    for (const policy of objects.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')) {
      const binding = theOnly(objects, 'ValidatingAdmissionPolicyBinding', policy.metadata.name);
      if (JSON.stringify(at(binding, 'spec.validationActions')) === '["Warn"]') {
        assert.equal(at(policy, 'spec.failurePolicy'), 'Ignore', policy.metadata.name);
        continue;
      }
      const labels = at(policy, 'spec.matchConstraints.objectSelector.matchLabels') as Record<string, string> | undefined;
      for (const rule of at(policy, 'spec.matchConstraints.resourceRules') as Rule[]) {
        const isNamed = (rule.resourceNames ?? []).length > 0 && !rule.resourceNames?.includes('');
        assert.ok(isNamed || labels || rule.apiGroups.join() === 'bookend.dev', `${policy.metadata.name}: ${rule.resources}`);
      }
    }
  });

  test('has every policy by default, and without one when it is switched off', async () => {
    const names = policies(await charts.render(chart)).map(({ metadata }) => metadata.name);
    const four = ['guard', 'guard-collections', 'rights', 'share-warnings'].map((each) => `try-bookend-${each}`);
    assert.deepEqual(names.sort(), [...four, ...four].sort());
    const without = { guard: { enabled: false }, admission: { checkRights: false }, webhook: { warnings: false } };
    const off = await charts.render(chart, without);
    assert.deepEqual(policies(off), []);
    const told = argsOf(theOnly(off, 'Deployment')).filter((arg) => /^--(guard|rights-policy)/.test(arg));
    assert.deepEqual(told, []);
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
    assert.partialDeepStrictEqual(webhook, {
      failurePolicy: 'Fail',
      reinvocationPolicy: 'IfNeeded',
      timeoutSeconds: 5,
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    });
    const more = await charts.render(chart, { webhook: { excludedNamespaces: ['here', 'storage'] } });
    const found = at(theOnly(more, 'MutatingWebhookConfiguration'), 'webhooks.0.namespaceSelector.matchExpressions.0.values');
    assert.deepEqual(found, [...['kube-system', 'kube-public', 'kube-node-lease', 'here', 'storage']]);
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
    const args = argsOf(theOnly(objects, 'Job'));
    const targets = JSON.parse(args[args.indexOf('--targets') + 1] ?? '');
    assert.deepEqual(targets, [
      { kind: 'clusteroperators.bookend.dev' },
      { kind: 'mutatingwebhookconfigurations.admissionregistration.k8s.io', names: ['try-bookend-webhook'] },
      // The guard keeps it, so that Helm goes on only when the guard is relaxed.
      { kind: 'configmaps', names: ['try-bookend-guard'], namespace: 'here' },
    ]);
    const deletingBy = (role: string) =>
      objects
        .filter(({ kind, metadata }) => kind === role && metadata.annotations?.['helm.sh/hook'])
        .flatMap(({ rules }) => rules as Rule[])
        .filter(({ verbs }) => verbs.includes('delete'))
        .map(({ resources, resourceNames }) => [resources, resourceNames]);
    assert.deepEqual(deletingBy('ClusterRole'), [
      [['clusteroperators'], undefined],
      [['mutatingwebhookconfigurations'], ['try-bookend-webhook']],
    ]);
    assert.deepEqual(deletingBy('Role'), [[['configmaps'], ['try-bookend-guard']]]);
  });

  test('has nothing of the webhook when it is switched off', async () => {
    const objects = await charts.render(chart, { webhook: { enabled: false } });
    assert.ok(!JSON.stringify(objects.filter(({ kind }) => kind !== 'CustomResourceDefinition')).includes('webhook'));
  });

  test('lets the operator make Pods in one namespace only, which is as restricted as one can be and has no account with rights', async () => {
    const objects = await charts.render(chart, { image: { pullSecrets: [{ name: 'one' }, { name: 'two' }] } });
    const namespace = theOnly(objects, 'Namespace');
    assert.equal(namespace.metadata.name, 'here-probes');
    for (const mode of ['enforce', 'audit', 'warn'])
      assert.equal(namespace.metadata.labels?.[`pod-security.kubernetes.io/${mode}`], 'restricted');
    const makingPods = objects.filter(
      ({ kind, rules, metadata }) =>
        /Role$/.test(kind) &&
        !metadata.annotations?.['helm.sh/hook'] &&
        (rules as Rule[]).some(({ resources }) => resources?.includes('pods')),
    );
    const roles = makingPods.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`);
    assert.deepEqual(roles, ['Role here-probes']);
    const bound = objects.filter(
      ({ kind, subjects }) => /Binding$/.test(kind) && JSON.stringify(subjects ?? []).includes('here-probes'),
    );
    assert.deepEqual(bound, [], 'no account there has rights');
    const args = argsOf(theOnly(objects, 'Deployment'));
    assert.ok(args.includes('--probe-namespace=here-probes') && args.includes('--probe-pull-secrets=one,two'));
  });

  test('has nothing of the probes when image volumes are not to be tried', async () => {
    const objects = await charts.render(chart, { imageVolumes: { probe: false } });
    assert.ok(!JSON.stringify(objects.filter(({ kind }) => kind !== 'CustomResourceDefinition')).includes('probes'));
    const resources = operatorRules(objects).flatMap(({ resources }) => resources);
    assert.ok(!resources.some((each) => /^(pods|nodes|configmaps)$/.test(each)), resources.join());
    const maps = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
    assert.deepEqual(maps, ['try-bookend-guard']);
  });

  test('serves metrics on the loopback address, and elsewhere only to accounts that may read them', async () => {
    const off = await charts.render(chart);
    assert.ok(argsOf(theOnly(off, 'Deployment')).includes('--metrics=loopback'));
    assert.ok(!off.some(({ metadata }) => metadata.name.includes('metrics')));
    const on = await charts.render(chart, { metrics: { service: { enabled: true }, serviceMonitor: { enabled: true } } });
    assert.ok(argsOf(theOnly(on, 'Deployment')).includes('--metrics=authenticated'));
    assert.equal(at(theOnly(on, 'Service', 'try-bookend-metrics'), 'spec.ports.0.targetPort'), 'metrics');
    assert.deepEqual(theOnly(on, 'ClusterRole', 'bookend-metrics-reader').rules, [
      { nonResourceURLs: ['/metrics'], verbs: ['get'] },
    ]);
    const endpoint = at(theOnly(on, 'ServiceMonitor'), 'spec.endpoints.0');
    assert.deepEqual([at(endpoint, 'scheme'), typeof at(endpoint, 'bearerTokenFile')], ['https', 'string']);
  });

  test('admits connections to the ports that it serves on, and none to Pods that try image volumes', async () => {
    const ports = async (values: object) => {
      const policy = theOnly(await charts.render(chart, values), 'NetworkPolicy', 'try-bookend');
      const ingress = at(policy, 'spec.ingress') as { ports: { port: string }[]; from?: unknown }[];
      return ingress.map(({ ports: [port], from }) => (from ? [port?.port, from] : [port?.port]));
    };
    assert.deepEqual(await ports({}), [['health'], ['webhook']]);
    const from = [{ ipBlock: { cidr: '10.0.0.0/28' } }];
    const narrow = { metrics: { service: { enabled: true } }, networkPolicy: { webhookFrom: from, metricsFrom: from } };
    assert.deepEqual(await ports(narrow), [['health'], ['webhook', from], ['metrics', from]]);
    const probes = theOnly(await charts.render(chart), 'NetworkPolicy', 'try-bookend-probes');
    assert.deepEqual(probes.spec, { podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    const off = await charts.render(chart, { networkPolicy: { enabled: false } });
    assert.ok(!off.some(({ kind }) => kind === 'NetworkPolicy'));
  });

  test('names the image of the copy tool, by its digest where there is one', async () => {
    const digest = `sha256:${'0'.repeat(64)}`;
    const image = async (values: object) => {
      return argsOf(theOnly(await charts.render(chart, values), 'Deployment')).find((arg) => arg.startsWith('--seed-image='));
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
    [
      'a deployer with two sorts of rights',
      { deployer: { clusterRole: 'edit', clusterAdmin: true } },
      /deployer\.clusterRole, deployer\.clusterAdmin: give one/,
    ],
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
  replicas: 3,
  image: { tag: '9.9.9', pullPolicy: 'Always', pullSecrets: [{ name: 'registry' }] },
  logLevel: 'debug',
  deployer: { rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }] },
  impersonation: { accounts: [{ namespace: 'team', name: 'deployer' }] },
  crds: { keep: true },
  uninstall: { timeoutSeconds: 60, workload: 'Pod', nodeSelector: { a: 'b' }, priorityClassName: 'high' },
  webhook: { port: 10250, excludedNamespaces: ['storage'], warnings: false },
  seed: { image: { repository: 'mirror.example/seed', tag: '7' } },
  imageVolumes: { probe: false },
  networkPolicy: { webhookFrom: [{ podSelector: {} }], metricsFrom: [{ podSelector: {} }] },
  metrics: { service: { enabled: true, port: 9090 }, serviceMonitor: { enabled: true, interval: '1m', labels: { a: 'b' } } },
  serviceAccount: { annotations: { a: 'b' } },
  podAnnotations: { a: 'b' },
  podLabels: { a: 'b' },
  nodeSelector: { a: 'b' },
  tolerations: [{ operator: 'Exists' }],
  affinity: { nodeAffinity: {} },
  topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }],
  priorityClassName: 'high',
  podDisruptionBudget: { enabled: false },
};

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };

function operatorRules(objects: readonly KubernetesObject[]): Rule[] {
  const roles = objects.filter(
    ({ kind, metadata }) =>
      /Role$/.test(kind) &&
      !metadata.annotations?.['helm.sh/hook'] &&
      !metadata.name.includes('deployer') &&
      !isOfReaders(metadata),
  );
  return roles.flatMap((role) => role.rules as Rule[]);
}

/** What stands for others to use. */
function isOfReaders({ name }: { name: string }): boolean {
  return name === 'bookend-metrics-reader';
}

function listOfRights(): (Rule & { scope: string; reason: string })[] {
  return parse(readFileSync(join(chartPath(chart), 'files', 'rights.yaml'), 'utf8'));
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
  return /^(Deployment|ServiceAccount|(Cluster)?Role(Binding)?|Lease|CustomResourceDefinition|PriorityClass)$/.test(kind);
}

function pluralOf(kind: string): string {
  return kind === 'PriorityClass' ? 'priorityclasses' : `${kind.toLowerCase()}s`;
}
