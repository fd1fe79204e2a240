/** The pre-delete hook as every chart gets it from the library. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../../src/objects/object.ts';
import { at, helms, theOnly, useCharts } from './helm.ts';

const ownOperator = 'examples/own-operator';
const users = ['charts/bookend', 'examples/node-agent/bookend', ownOperator];

describe('The pre-delete hook', () => {
  const charts = useCharts();

  for (const helm of helms) {
    for (const chart of users) {
      test(`of ${chart} with ${helm}: account, rights and Job are hooks in that order, and none of them stays`, async () => {
        const hooks = hooksOf(await charts.render(chart, {}, { helm }));
        assert.deepEqual(
          hooks.map(({ kind, metadata }) => [kind, Number(metadata.annotations?.['helm.sh/hook-weight'])]).sort(byWeight),
          [
            ['ServiceAccount', -10],
            ['ClusterRole', -9],
            ['ClusterRoleBinding', -8],
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
    const values = { bookend: { delete: [{ kind: 'widgets.example.com' }], workload: 'Pod' } };
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
      ],
    });
    const targets = argsOf(job)[argsOf(job).indexOf('--targets') + 1] ?? '';
    assert.deepEqual(JSON.parse(targets), [
      { kind: 'widgets.example.com', selector: 'of=try' },
      { kind: 'boxes.example.com', names: ['try-box'], namespace: 'here' },
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
    assert.deepEqual(
      objects.filter(({ kind }) => kind.startsWith('Cluster')),
      [],
    );
    const role = theOnly(objects, 'Role');
    assert.equal(role.metadata.namespace, 'there');
    assert.equal(theOnly(objects, 'RoleBinding').metadata.namespace, 'there');
    assert.deepEqual(at(theOnly(objects, 'RoleBinding'), 'subjects'), [
      { kind: 'ServiceAccount', name: 'try-bookend-hook', namespace: 'here' },
    ]);
  });

  test('may only read what else it looks at, and what the value children adds', async () => {
    const objects = await hooksWith({ delete: [{ kind: 'widgets.example.com' }], children: ['services', 'routes.example.com'] });
    const rules = rulesOf(theOnly(objects, 'ClusterRole')).filter((rule) => !rule.verbs.includes('delete'));
    for (const rule of rules)
      assert.deepEqual(
        rule.verbs.filter((verb) => !['get', 'list', 'watch'].includes(verb)),
        [],
      );
    assert.ok(rules.some(({ resources }) => resources.includes('services')));
    assert.ok(rules.some(({ apiGroups, resources }) => resources.includes('routes') && apiGroups.includes('example.com')));
  });

  test('has names that fit into a label, however long the name of the release is', async () => {
    const release = 'r'.repeat(53);
    const hooks = hooksOf(await charts.render(ownOperator, {}, { release }));
    assert.ok(theOnly(hooks, 'Job').metadata.name.length <= 63);
  });

  const mistakes: [string, object, RegExp][] = [
    ['no targets', { delete: [] }, /bookend\.delete: name the custom resources/],
    ['a kind in place of a resource', { delete: [{ kind: 'Widget' }] }, /bookend\.delete\[0\]\.kind: "Widget" is not a resource/],
    ['a target without a kind', { delete: [{ names: ['a'] }] }, /bookend\.delete\[0\]\.kind: is missing/],
    ['a target that is a text', { delete: ['widgets.example.com'] }, /bookend\.delete\[0\]: must be a map/],
    [
      'names and a selector',
      { delete: [{ kind: 'w.example.com', names: ['a'], selector: 'a=b' }] },
      /names or a selector, not both/,
    ],
    [
      'an empty list of names',
      { delete: [{ kind: 'w.example.com', names: [] }] },
      /delete\[0\]\.names: must be a list of at least one/,
    ],
    [
      'an empty selector',
      { delete: [{ kind: 'w.example.com', selector: '' }] },
      /delete\[0\]\.selector: must be a text that is not empty/,
    ],
    [
      'an unknown value',
      { delete: [{ kind: 'w.example.com' }], timeout: '5m' },
      /bookend\.timeout: there is no such value; there are delete/,
    ],
    [
      'an unknown value of a target',
      { delete: [{ kind: 'w.example.com', name: 'a' }] },
      /delete\[0\]\.name: there is no such value/,
    ],
    [
      'a time that is none',
      { delete: [{ kind: 'w.example.com' }], timeoutSeconds: '5m' },
      /bookend\.timeoutSeconds: 5m is not a whole number/,
    ],
    ['another workload', { delete: [{ kind: 'w.example.com' }], workload: 'Deployment' }, /bookend\.workload: is Job or Pod/],
    [
      'a child that is a kind',
      { delete: [{ kind: 'w.example.com' }], children: ['Service'] },
      /bookend\.children\[0\]: "Service" is not a resource/,
    ],
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
    return theOnly(await hooksWith({ delete: [{ kind: 'widgets.example.com' }], ...bookend }), 'Job');
  }
});

type Rule = { apiGroups: string[]; resources: string[]; resourceNames?: string[]; verbs: string[] };

function hooksOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined);
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

function argsOf(job: KubernetesObject): string[] {
  return at(job, 'spec.template.spec.containers.0.args') as string[];
}
