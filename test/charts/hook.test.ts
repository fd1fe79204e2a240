/** The pre-delete hook as every chart gets it from the library. */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { argsOf, at, chartPath, helms, kubeVersion, objectsIn, theOnly, useCharts, valuesFile } from './helm.ts';

const ownOperator = 'examples/own-operator';
/** What the hook of each chart is allowed, from its own values. */
const users: Record<string, string[]> = {
  'charts/bookend': ['ClusterRole', 'Role'],
  'examples/node-agent/bookend': ['ClusterRole', 'Role'],
  [ownOperator]: ['Role'],
};
const everyWidget = { kind: 'widgets.example.com', all: true };

describe('The pre-delete hook', () => {
  const charts = useCharts();

  for (const helm of helms) {
    for (const [chart, roles] of Object.entries(users)) {
      test(`of ${chart} with ${helm}: account, rights and Job are hooks in that order, and none of them stays`, async () => {
        const hooks = hooksOf(await charts.render(chart, {}, { helm }));
        assert.deepEqual(
          hooks.map(({ kind, metadata }) => [kind, Number(metadata.annotations?.['helm.sh/hook-weight'])]).sort(byWeight),
          [
            ['ServiceAccount', -10],
            ...roles.map((kind) => [kind, -9]),
            ...roles.map((kind) => [`${kind}Binding`, -8]),
            ['Job', -5],
          ],
        );
        for (const { kind, metadata } of hooks) {
          assert.equal(metadata.annotations?.['helm.sh/hook'], 'pre-delete', kind);
          // Helm adds before-hook-creation by itself only where no policy is set at all.
          assert.equal(metadata.annotations?.['helm.sh/hook-delete-policy'], 'before-hook-creation,hook-succeeded', kind);
        }
      });
    }
  }

  test('shows its log when it fails, and keeps its last lines in the status of its Pod', async () => {
    const job = await jobOf({});
    assert.equal(job.metadata.annotations?.['helm.sh/hook-output-log-policy'], 'hook-failed');
    assert.equal(at(job, 'spec.template.spec.containers.0.terminationMessagePolicy'), 'FallbackToLogsOnError');
  });

  test('ends by itself before its deadline, and the deadline comes before that of Helm', async () => {
    const job = await jobOf({});
    assert.deepEqual(argsOf(job).slice(-2), ['--timeout', '240s']);
    const deadline = Number(at(job, 'spec.activeDeadlineSeconds'));
    assert.ok(deadline > 240 && deadline < 300, `${deadline} s`);
    const longer = await jobOf({ timeoutSeconds: 600 });
    assert.deepEqual(argsOf(longer).slice(-2), ['--timeout', '600s']);
    assert.equal(at(longer, 'spec.activeDeadlineSeconds'), 650);
  });

  test('is not run again after a refusal, but after the loss of its node', async () => {
    const job = await jobOf({});
    assert.deepEqual(at(job, 'spec.podFailurePolicy.rules'), [
      { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget' }] },
      { action: 'FailJob', onExitCodes: { containerName: 'bookend', operator: 'In', values: [2, 3, 4, 5, 7, 8, 9, 70] } },
    ]);
    assert.equal(at(job, 'spec.template.spec.restartPolicy'), 'Never');
  });

  test('runs on any node and satisfies the Pod Security Standard "restricted"', async () => {
    const pod = at(await jobOf({}), 'spec.template.spec');
    assert.deepEqual(at(pod, 'tolerations'), [{ operator: 'Exists' }]);
    assert.equal(at(pod, 'securityContext.runAsNonRoot'), true);
    assert.deepEqual(at(pod, 'securityContext.seccompProfile'), { type: 'RuntimeDefault' });
    assert.deepEqual(at(pod, 'containers.0.securityContext'), {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('as a Pod has the same specification and the deadline of the Job', async () => {
    const values = { bookend: { delete: [everyWidget], workload: 'Pod' } };
    const pod = theOnly(hooksOf(await charts.render(ownOperator, values)), 'Pod');
    const job = await jobOf({});
    assert.deepEqual(
      { ...(pod.spec as object), activeDeadlineSeconds: undefined },
      {
        ...(at(job, 'spec.template.spec') as object),
        activeDeadlineSeconds: undefined,
      },
    );
    assert.equal(at(pod, 'spec.activeDeadlineSeconds'), 290);
    assert.equal(pod.metadata.annotations?.['helm.sh/hook-weight'], '-5');
  });

  test('gets its targets in order, with templates filled in', async () => {
    const job = await jobOf({
      delete: [
        { kind: 'widgets.example.com', selector: 'of={{ .Release.Name }}' },
        { kind: 'boxes.example.com', names: ['{{ .Release.Name }}-box'], namespace: '{{ .Release.Namespace }}' },
        { kind: 'cans.example.com', all: true },
      ],
    });
    const targets = argsOf(job)[argsOf(job).indexOf('--targets') + 1] ?? '';
    assert.deepEqual(JSON.parse(targets), [
      { kind: 'widgets.example.com', selector: 'of=try' },
      { kind: 'boxes.example.com', names: ['try-box'], namespace: 'here' },
      { kind: 'cans.example.com' },
    ]);
  });

  test('may delete the named objects and no others', async () => {
    const objects = await hooksWith({ delete: [{ kind: 'widgets.example.com', names: ['a', 'b'] }] });
    assert.deepEqual(deletable(theOnly(objects, 'ClusterRole')), [
      { apiGroups: ['example.com'], resources: ['widgets'], resourceNames: ['a', 'b'], verbs: ['delete'] },
    ]);
  });

  test('has no rights beyond a namespace when all its targets lie in it', async () => {
    const objects = await hooksWith({ delete: [{ kind: 'widgets.example.com', namespace: 'there' }] });
    const clusterWide = objects.filter(({ kind }) => kind.startsWith('Cluster'));
    assert.deepEqual(clusterWide, []);
    const role = theOnly(objects, 'Role');
    assert.equal(role.metadata.namespace, 'there');
    assert.equal(theOnly(objects, 'RoleBinding').metadata.namespace, 'there');
    assert.deepEqual(at(theOnly(objects, 'RoleBinding'), 'subjects'), [
      { kind: 'ServiceAccount', name: theOnly(objects, 'ServiceAccount').metadata.name, namespace: 'here' },
    ]);
  });

  test('takes a whole API group, with rights over this group and no other', async () => {
    const objects = await hooksWith({ delete: [{ kind: '*.vendor.example.com', all: true }] });
    const role = theOnly(objects, 'ClusterRole');
    assert.deepEqual(deletable(role), [{ apiGroups: ['vendor.example.com'], resources: ['*'], verbs: ['delete'] }]);
    const definitions = rulesOf(role).find(({ resources }) => resources.includes('customresourcedefinitions'));
    assert.deepEqual([definitions?.resourceNames, definitions?.verbs], [undefined, ['get']]);
    const args = argsOf(theOnly(objects, 'Job'));
    assert.deepEqual(JSON.parse(args[args.indexOf('--targets') + 1] ?? ''), [{ kind: '*.vendor.example.com' }]);
    const within = await hooksWith({ delete: [{ kind: '*.vendor.example.com', namespace: 'there' }] });
    assert.deepEqual(deletable(theOnly(within, 'Role')), deletable(role));
    assert.ok(!within.some(({ kind }) => kind === 'ClusterRole'));
  });

  test('deletes targets side by side where the values say so', async () => {
    assert.ok(!argsOf(await jobOf({})).includes('--order'));
    const args = argsOf(await jobOf({ order: 'Needs' }));
    assert.equal(args[args.indexOf('--order') + 1], 'Needs');
  });

  test('names its image by digest where the values give one', async () => {
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    const imageOf = async (image: object) => at(await jobOf({ image }), 'spec.template.spec.containers.0.image');
    assert.equal(await imageOf({ digest }), `registry.bookend.dev/bookend@${digest}`);
    assert.equal(await imageOf({ repository: 'mirror/bookend', tag: '1.2', digest }), `mirror/bookend:1.2@${digest}`);
  });

  for (const helm of helms) {
    test(`${helm}: tries its image at install and upgrade, as a Pod with the same image, nodes and pull Secrets`, async () => {
      const bookend = {
        ...{ delete: [everyWidget], checkImage: true, image: { repository: 'mirror/bookend', pullSecrets: [{ name: 'pull' }] } },
        nodeSelector: { pool: 'tools' },
      };
      const hooks = hooksOf(await charts.render(ownOperator, { bookend }, { helm }));
      const [checks, others] = [hooks.filter(isImageCheck), hooks.filter((hook) => !isImageCheck(hook))];
      assert.deepEqual(checks.map(({ kind }) => kind).sort(), ['Job', 'ServiceAccount']);
      const [check, job] = [theOnly(checks, 'Job'), theOnly(others, 'Job')];
      assert.ok(check.metadata.name !== job.metadata.name && check.metadata.name.length <= 63);
      const pod = at(check, 'spec.template.spec') as Record<string, unknown>;
      assert.equal(pod.serviceAccountName, theOnly(checks, 'ServiceAccount').metadata.name);
      assert.equal(pod.automountServiceAccountToken, false);
      assert.deepEqual(at(check, 'spec.template.spec.containers.0.args'), ['version']);
      const placed = (each: KubernetesObject) =>
        ['nodeSelector', 'tolerations', 'imagePullSecrets', 'containers.0.image', 'containers.0.imagePullPolicy'].map((path) =>
          at(each, `spec.template.spec.${path}`),
        );
      assert.deepEqual(placed(check), placed(job));
    });
  }

  test('may only read what else it looks at, and what the value children adds', async () => {
    const objects = await hooksWith({ delete: [everyWidget], children: ['services', 'routes.example.com'] });
    const rules = rulesOf(theOnly(objects, 'ClusterRole')).filter((rule) => !rule.verbs.includes('delete'));
    const writing = rules.flatMap(({ verbs }) => verbs).filter((verb) => !['get', 'list', 'watch'].includes(verb));
    assert.deepEqual(writing, []);
    assert.ok(rules.some(({ resources }) => resources.includes('services')));
    assert.ok(rules.some(({ apiGroups, resources }) => resources.includes('routes') && apiGroups.includes('example.com')));
  });

  for (const helm of helms) {
    test(`${helm}: no other release, namespace, chart or hook has an object of the same name`, async () => {
      const others: [string, object, { release?: string; namespace?: string }][] = [
        ['another namespace', {}, { namespace: 'there' }],
        ['a hyphen elsewhere', {}, { namespace: 'a', release: 'b-c' }],
        ['a hyphen elsewhere, the other', {}, { namespace: 'a-b', release: 'c' }],
        ['a long name', {}, { release: `${'r'.repeat(50)}-a` }],
        ['another that begins alike', {}, { release: `${'r'.repeat(50)}-b` }],
        ['one that is cut at a hyphen', {}, { release: `${'r'.repeat(39)}--x` }],
        ['one that is cut at a dot', {}, { release: `${'r'.repeat(39)}.x` }],
      ];
      const seen = new Map<string, string>();
      for (const [what, values, options] of others) {
        for (const { kind, metadata } of hooksOf(await charts.render(ownOperator, values, { helm, ...options }))) {
          const where = kind.startsWith('Cluster') ? '' : `${metadata.namespace}/`;
          assert.equal(seen.get(`${kind} ${where}${metadata.name}`), undefined, what);
          seen.set(`${kind} ${where}${metadata.name}`, what);
          if (kind === 'Job')
            assert.match(metadata.name, /^(?=.{1,63}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
          for (const label of Object.values(metadata.labels ?? {})) assert.ok(label.length <= 63, label);
        }
      }
    });

    test(`${helm}: two subcharts and their parent each have a hook of their own, and messages name the subchart`, async () => {
      const chart = chartWithHooks('one', 'other');
      const hooks = hooksOf(
        objectsIn((await charts.lab.run(helm, ['template', 'try', chart, '-n', 'here', ...kubeVersion])).stdout),
      );
      const jobs = hooks.filter((hook) => hook.kind === 'Job' && !isImageCheck(hook));
      const checks = hooks.filter((hook) => hook.kind === 'Job' && isImageCheck(hook));
      assert.equal(new Set(checks.map(({ metadata }) => metadata.name)).size, 4, 'each tries its image under a name of its own');
      assert.equal(new Set(jobs.map(({ metadata }) => metadata.name)).size, 4);
      for (const job of jobs) {
        const name = at(job, 'spec.template.spec.serviceAccountName');
        const role = theOnly(hooks, 'Role', `bookend-hook:here:${name}`);
        const [target] = JSON.parse(argsOf(job)[argsOf(job).indexOf('--targets') + 1] ?? '') as { kind: string }[];
        const targets = deletable(role).map(({ resources, apiGroups }) => `${resources}.${apiGroups}`);
        assert.deepEqual(targets, [target?.kind], 'each account has the rights of its own hook');
      }
      const wrong = ['--set', 'one.bookend.delete[0].kind=Widget'];
      const { code, stderr } = await charts.lab.attempt(helm, ['template', 'try', chart, ...kubeVersion, ...wrong]);
      assert.notEqual(code, 0);
      assert.match(stderr, /one\.bookend\.delete\[0\]\.kind: "Widget" is not a resource/);
    });
  }

  test('has names that nobody gives by hand, and the same at each rendering', async () => {
    const names = async () => (await hooksWith({ delete: [everyWidget] })).map(({ metadata }) => metadata.name);
    const first = await names();
    for (const name of first) assert.match(name, /^(bookend-hook:here:)?try-bookend-hook-[0-9a-f]{8}$/);
    assert.deepEqual(await names(), first);
  });

  test('with an existing account makes no account and no rights, and the notes say which it needs', async () => {
    const bookend = { delete: [{ ...everyWidget }], serviceAccountName: '{{ .Release.Name }}-cleaner' };
    const hooks = await hooksWith(bookend);
    const kinds = hooks.map(({ kind }) => kind);
    assert.deepEqual(kinds, ['Job']);
    assert.equal(at(theOnly(hooks, 'Job'), 'spec.template.spec.serviceAccountName'), 'try-cleaner');

    const flags = ['--dry-run=client', '-n', 'here', '--values', valuesFile({ bookend })];
    const { stdout } = await charts.lab.run('helm4', ['install', 'try', chartPath(ownOperator), ...flags]);
    const [, notes = ''] = stdout.split('NOTES:');
    assert.match(notes, /as ServiceAccount here\/try-cleaner\. This release neither makes that account nor deletes it/);
    assert.match(notes, /all widgets\.example\.com in the whole cluster, whichever release they belong to/);
    const needed = objectsIn(notes.slice(notes.indexOf('apiVersion:')));
    const made = await hooksWith({ delete: [everyWidget] });
    assert.deepEqual(theOnly(needed, 'ClusterRole').rules, theOnly(made, 'ClusterRole').rules, 'what its own account would get');
    assert.deepEqual(at(theOnly(needed, 'ClusterRoleBinding'), 'subjects'), [
      { kind: 'ServiceAccount', name: 'try-cleaner', namespace: 'here' },
    ]);
    const ofHook = new Set(made.map(({ metadata }) => metadata.name));
    for (const { metadata } of needed) {
      assert.equal(metadata.annotations, undefined, 'no hook, or Helm would delete it');
      assert.ok(!ofHook.has(metadata.name), 'nor a name that a hook would have without the existing account');
    }
  });

  test('may act as the named accounts and no others', async () => {
    const objects = await hooksWith({
      delete: [
        { kind: 'clusteroperators.bookend.dev', names: ['a'] },
        { kind: 'widgets.example.com', namespace: 'team' },
      ],
      impersonate: [
        { namespace: 'team', name: '{{ .Release.Name }}-deployer' },
        { namespace: 'team', name: 'other' },
        { namespace: 'bookend-system', name: 'bookend-deployer' },
      ],
    });
    const acting = objects.flatMap((role) =>
      /Role$/.test(role.kind)
        ? rulesOf(role)
            .filter(({ verbs }) => verbs.includes('impersonate'))
            .map((rule) => [role.kind, role.metadata.namespace, rule])
        : [],
    );
    const rule = (...resourceNames: string[]) => ({
      ...{ apiGroups: [''], resources: ['serviceaccounts'], resourceNames },
      verbs: ['impersonate'],
    });
    assert.deepEqual(acting, [
      ['Role', 'bookend-system', rule('bookend-deployer')],
      ['Role', 'team', rule('try-deployer', 'other')],
    ]);
    assert.deepEqual(
      deletable(objects.find(({ kind, metadata }) => kind === 'Role' && metadata.namespace === 'team') ?? theOnly([], 'Role')),
      [{ apiGroups: ['example.com'], resources: ['widgets'], verbs: ['delete'] }],
      'one Role in a namespace has both',
    );
  });

  test('survives names that YAML would take for numbers', async () => {
    for (const { kind, metadata } of hooksOf(await charts.render(ownOperator, {}, { release: '1e3', namespace: '12' }))) {
      assert.equal(metadata.labels?.['app.kubernetes.io/instance'], '1e3', kind);
      assert.equal(metadata.namespace, '12', kind);
    }
  });

  const kind = 'w.example.com';
  const w = { kind, all: true };
  const mistakes: [string, object, RegExp][] = [
    ['no targets', { delete: [] }, /bookend\.delete: name the custom resources/],
    ['a kind in place of a resource', { delete: [{ kind: 'Widget' }] }, /bookend\.delete\[0\]\.kind: "Widget" is not a resource/],
    [
      'a target without a limit',
      { delete: [{ kind }] },
      /bookend\.delete\[0\]: which w\.example\.com\? Give namespace[\s\S]*`all: true` only if[\s\S]*those of other releases too/,
    ],
    ['a limit beside all', { delete: [{ ...w, namespace: 'a' }] }, /delete\[0\]\.all: stands for every object/],
    ['all that is not true', { delete: [{ kind, all: 'always' }] }, /delete\[0\]\.all: must be true, or left out/],
    ['all of a kind of Kubernetes', { delete: [{ kind: 'pods', all: true }] }, /delete\[0\]\.all: pods is a kind of Kubernetes/],
    [
      'all definitions',
      { delete: [{ kind: 'customresourcedefinitions.apiextensions.k8s.io', all: true }] },
      /customresourcedefinitions\.apiextensions\.k8s\.io is a kind of Kubernetes itself/,
    ],
    [
      'a namespace that comes to nothing',
      { delete: [{ kind, namespace: '{{ .Values.nowhere }}' }] },
      /delete\[0\]\.namespace: must be the name of a namespace, not "" \(from "\{\{ \.Values\.nowhere \}\}"\)/,
    ],
    [
      'a selector of blanks, which would select everything',
      { delete: [{ kind, selector: '{{ " " }}' }] },
      /delete\[0\]\.selector: must be a label selector that is not empty/,
    ],
    ['a name that comes to nothing', { delete: [{ kind, names: ['{{ "" }}'] }] }, /names\[0\]: must be the name/],
    ['a kind with its version', { delete: [{ kind: 'w.v1.example.com', all: true }] }, /kind: leave the version out/],
    ['a short name of ours', { delete: [{ kind: 'clusteroperators', all: true }] }, /kind: write clusteroperators\.bookend\.dev/],
    [
      'ClusterOperators without the accounts that they act as',
      { delete: [{ kind: 'clusteroperators.bookend.dev', names: ['a'] }] },
      /bookend\.impersonate: is missing, and bookend\.delete\[0\] names ClusterOperators/,
    ],
    [
      'an account without a namespace',
      { delete: [w], impersonate: [{ name: 'a' }] },
      /impersonate\[0\]\.namespace: must be the namespace/,
    ],
    [
      'all accounts and one',
      { delete: [w], impersonate: [{ all: true, name: 'a' }] },
      /impersonate\[0\]\.all: must be true, without/,
    ],
    ['accounts as text', { delete: [w], impersonate: 'a/b' }, /bookend\.impersonate: must be a list of accounts/],
    [
      'an existing account that is none',
      { delete: [w], serviceAccountName: '' },
      /bookend\.serviceAccountName: must be the name/,
    ],
    ['a target without a kind', { delete: [{ names: ['a'] }] }, /bookend\.delete\[0\]\.kind: is missing/],
    ['a target that is a text', { delete: ['widgets.example.com'] }, /bookend\.delete\[0\]: must be a map/],
    ['names and a selector', { delete: [{ kind, names: ['a'], selector: 'a=b' }] }, /names or a selector, not both/],
    ['an empty list of names', { delete: [{ kind, names: [] }] }, /delete\[0\]\.names: must be a list of at least one/],
    [
      'an empty selector',
      { delete: [{ kind, selector: '' }] },
      /delete\[0\]\.selector: must be a label selector that is not empty/,
    ],
    ['an unknown value', { delete: [w], timeout: '5m' }, /bookend\.timeout: there is no such value; there are delete/],
    ['an unknown value of a target', { delete: [{ kind, name: 'a' }] }, /delete\[0\]\.name: there is no such value/],
    ['an order that is none', { delete: [w], order: 'Any' }, /bookend\.order: is Listed or Needs, not Any/],
    ['a check that is no truth', { delete: [w], checkImage: 'often' }, /bookend\.checkImage: is true or false, not "often"/],
    ['a digest that is none', { delete: [w], image: { digest: 'sha256:1' } }, /bookend\.image\.digest: must be sha256: and 64/],
    ['every group', { delete: [{ kind: '*', all: true }] }, /delete\[0\]\.kind: "\*" is not an API group/],
    ['a group of Kubernetes', { delete: [{ kind: '*.apps', namespace: 'a' }] }, /kind: "\*\.apps" is not an API group/],
    [
      'another group of Kubernetes',
      { delete: [{ kind: '*.storage.k8s.io', all: true }] },
      /kind: \*\.storage\.k8s\.io stands for all kinds of a group of Kubernetes/,
    ],
    [
      'names of a whole group',
      { delete: [{ kind: '*.w.example.com', names: ['a'] }] },
      /delete\[0\]\.kind: \*\.w\.example\.com stands for several kinds/,
    ],
    [
      'our own group without the accounts',
      { delete: [{ kind: '*.bookend.dev', namespace: 'a' }] },
      /bookend\.impersonate: is missing/,
    ],
    ['a time that is none', { delete: [w], timeoutSeconds: '5m' }, /bookend\.timeoutSeconds: 5m is not a whole number/],
    ['another workload', { delete: [w], workload: 'Deployment' }, /bookend\.workload: is Job or Pod/],
    ['a child that is a kind', { delete: [w], children: ['Service'] }, /bookend\.children\[0\]: "Service" is not a resource/],
  ];
  for (const [what, bookend, says] of mistakes) {
    test(`refuses ${what} at install, with the path of the value`, async () => {
      for (const helm of helms) assert.match(await charts.refusal(ownOperator, { bookend }, helm), says);
    });
  }

  async function hooksWith(bookend: object): Promise<KubernetesObject[]> {
    return hooksOf(await charts.render(ownOperator, { bookend }));
  }

  async function jobOf(bookend: object): Promise<KubernetesObject> {
    return theOnly(await hooksWith({ delete: [everyWidget], ...bookend }), 'Job');
  }
});

/**
 * A chart with these subcharts and a hook of its own and one more below other values, in a directory that goes with the
 * machine.
 */
function chartWithHooks(...subcharts: string[]): string {
  const chart = mkdtempSync(join(tmpdir(), 'bookend-charts-'));
  const write = (path: string, name: string, more = '') => {
    mkdirSync(join(path, 'templates'), { recursive: true });
    const target = (kind: string) => ({
      ...{ delete: [{ kind: `${kind}.example.com`, namespace: '{{ .Release.Namespace }}' }], checkImage: true },
    });
    writeFileSync(join(path, 'Chart.yaml'), `apiVersion: v2\nname: ${name}\nversion: 0.1.0\n`);
    writeFileSync(join(path, 'values.yaml'), stringify({ bookend: target(`${name}s`), later: target(`${name}laters`) }));
    writeFileSync(join(path, 'templates', 'pre-delete.yaml'), `{{ include "bookend-hook.pre-delete" . }}\n${more}`);
    cpSync(chartPath('charts/bookend-hook'), join(path, 'charts', 'bookend-hook'), { recursive: true });
  };
  const more = '---\n{{ include "bookend-hook.objects" (dict "context" . "settings" .Values.later "path" "later") }}\n';
  write(chart, 'parent', more);
  for (const name of subcharts) write(join(chart, 'charts', name), name);
  return chart;
}

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };

function hooksOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined);
}

function isImageCheck({ metadata }: KubernetesObject): boolean {
  return metadata.annotations?.['helm.sh/hook'] === 'post-install,post-upgrade';
}

function byWeight([, one]: (string | number)[], [, other]: (string | number)[]): number {
  return Number(one) - Number(other);
}

function rulesOf(role: KubernetesObject): Rule[] {
  return role.rules as Rule[];
}

function deletable(role: KubernetesObject): Rule[] {
  return rulesOf(role).filter(({ verbs }) => verbs.includes('delete'));
}
