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
      assert.deepEqual(await charts.render(chart, everything, { helm: 'helm4' }), one);
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

  test('gives the operator no right to write anything but its own resource, its lease and events', async () => {
    const rules = operatorRules(await charts.render(chart));
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !['get', 'list', 'watch', 'impersonate'].includes(verb)));
    const written = new Set(writing.flatMap(({ resources }) => resources));
    assert.deepEqual([...written].sort(), [
      'clusteroperators',
      'clusteroperators/finalizers',
      'clusteroperators/status',
      'events',
      'leases',
    ]);
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

function policies(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
}

function isNeeded(kind: string): boolean {
  return /^(Deployment|ServiceAccount|(Cluster)?Role(Binding)?|Lease)$/.test(kind);
}

function pluralOf(kind: string): string {
  return `${kind.toLowerCase()}s`;
}
