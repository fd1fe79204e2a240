/** Where Pod templates stand in kinds that are not built in. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anyPodTemplateOf } from './any-pod-template.ts';

const spec = { containers: [{ name: 'app', image: 'app:1' }], serviceAccountName: 'web' };
const template = { metadata: { labels: { app: 'web' } }, spec };
const object = (apiVersion: string, kind: string, rest: Record<string, unknown>) => ({
  apiVersion,
  kind,
  metadata: { name: 'web' },
  ...rest,
});
const pathIn = (...args: Parameters<typeof object>) => anyPodTemplateOf(object(...args))?.specPath;

describe('The Pod template of any kind', () => {
  test('stands where it stands in a Deployment, whatever the kind is called', () => {
    for (const [apiVersion, kind] of [
      ['apps/v1', 'Deployment'],
      ['argoproj.io/v1alpha1', 'Rollout'],
      ['apps.kruise.io/v1alpha1', 'CloneSet'],
      ['apps.kruise.io/v1beta1', 'StatefulSet'],
      ['apps.openshift.io/v1', 'DeploymentConfig'],
      ['serving.knative.dev/v1', 'Service'],
      ['example.com/v1', 'Job'],
    ] as const) {
      const found = anyPodTemplateOf(object(apiVersion, kind, { spec: { template } }));
      assert.deepEqual(
        [found?.specPath, found?.metadataPath, found?.labels, found?.serviceAccount],
        ['spec.template.spec', 'spec.template.metadata', { app: 'web' }, 'web'],
        kind,
      );
      assert.equal(found?.spec, spec, 'the same reference');
    }
  });

  test('is known of kinds that keep it elsewhere', () => {
    assert.equal(pathIn('v1', 'PodTemplate', { template }), 'template.spec');
    assert.equal(
      pathIn('batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template } } } }),
      'spec.jobTemplate.spec.template.spec',
    );
    const jobTemplate = { spec: { template } };
    assert.equal(
      pathIn('apps.kruise.io/v1beta1', 'AdvancedCronJob', { spec: { template: { jobTemplate } } }),
      'spec.template.jobTemplate.spec.template.spec',
    );
    assert.equal(
      pathIn('keda.sh/v1alpha1', 'ScaledJob', { spec: { jobTargetRef: { template } } }),
      'spec.jobTargetRef.template.spec',
    );
  });

  test('is none where nothing looks like one', () => {
    assert.equal(pathIn('example.com/v1', 'Widget', { spec: { template: { spec: { containers: 3 } } } }), undefined);
    assert.equal(
      pathIn('example.com/v1', 'Widget', { spec: { template: { spec: { containers: [{ host: 'x' }] } } } }),
      undefined,
    );
    assert.equal(pathIn('argoproj.io/v1alpha1', 'Rollout', { spec: { workloadRef: { name: 'x' } } }), undefined);
    assert.equal(pathIn('v1', 'ConfigMap', { data: {} }), undefined);
    const nameless = { template: { spec: { containers: [{ image: 'x' }] } } };
    assert.equal(pathIn('serving.knative.dev/v1', 'Service', { spec: nameless }), 'spec.template.spec', 'Knative names it');
  });

  test('may be named, as template or as Pod spec, also in a list', () => {
    const volcano = object('batch.volcano.sh/v1alpha1', 'Job', { spec: { tasks: [{}, { template }] } });
    for (const path of [
      'spec.tasks[1].template',
      '.spec.tasks[1].template',
      'spec.tasks[1].template.spec',
      '{.spec.tasks[1].template}',
    ]) {
      const found = anyPodTemplateOf(volcano, path);
      assert.deepEqual(
        [found?.specPath, found?.specAt, found?.metadataPath],
        ['spec.tasks[1].template.spec', ['spec', 'tasks', 1, 'template', 'spec'], 'spec.tasks[1].template.metadata'],
      );
    }
    assert.equal(anyPodTemplateOf(volcano, 'spec.tasks[7].template'), undefined);
    assert.equal(anyPodTemplateOf(volcano, 'constructor.prototype'), undefined);
    for (const path of ['', 'spec..x', 'spec[', 'a b', 'spec.tasks[*]', `a${'.b'.repeat(400)}`]) {
      assert.throws(() => anyPodTemplateOf(volcano, path), { code: 'bad-input', message: /is not a field path/ });
    }
  });
});
