/** Shares that nobody would read are told of where their author sees it: on the workload. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { kindWarnings, misplacedShares } from './misplaced.ts';
import { podSpec } from './testing/shared.ts';

type Marks = { labels?: Record<string, string>; annotations?: Record<string, string> };

const inject = { 'share.bookend.dev/inject': 'true' };
const share = { 'share.bookend.dev/www': 'app:/srv/www -> web:/html:ro' };
const deployment = (own: Marks, template: Marks = {}): KubernetesObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'shop', ...own },
  spec: { template: { metadata: template, spec: podSpec() } },
});
const warnings = (object: KubernetesObject) => misplacedShares(object).map(({ field, message }) => `${field}: ${message}`);

describe('Misplaced shares', () => {
  test('are none where label and annotation stand in the Pod template, or on a Pod', () => {
    assert.deepEqual(warnings(deployment({}, { labels: inject, annotations: share })), []);
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', labels: inject, annotations: share }, spec: podSpec() };
    assert.deepEqual(warnings(pod), []);
    assert.deepEqual(warnings(deployment({ annotations: { 'bookend.dev/keep': 'true' } })), []);
  });

  test('are found on the workload itself, with the place where they belong', () => {
    assert.deepEqual(warnings(deployment({ annotations: share, labels: inject })), [
      'metadata.annotations[share.bookend.dev/www]: share www is on the workload itself, without effect: move it to spec.template.metadata.annotations',
      'metadata.labels[share.bookend.dev/inject]: has no effect on the workload itself: move it to the Pod template, spec.template.metadata.labels',
    ]);
    const cron = deployment({ annotations: { ...share, 'share.bookend.dev/a': 'x' } });
    const object = { ...cron, apiVersion: 'batch/v1', kind: 'CronJob', spec: { jobTemplate: { spec: cron.spec } } };
    assert.match(
      warnings(object)[0] ?? '',
      /shares a, www are .* move them to spec\.jobTemplate\.spec\.template\.metadata\.annotations/,
    );
  });

  test('are found in a template without the label, or with a label of the wrong sort', () => {
    assert.match(
      warnings(deployment({}, { annotations: share }))[0] ?? '',
      /^spec\.template\.metadata\.annotations\[share\.bookend\.dev\/www\]: .*label share\.bookend\.dev\/inject: "true"/,
    );
    assert.match(
      warnings(deployment({}, { annotations: { ...share, ...inject } }))[0] ?? '',
      /annotations\[share\.bookend\.dev\/inject\]: is an annotation here, and must be a label/,
    );
    assert.match(
      warnings(deployment({}, { annotations: share, labels: { 'share.bookend.dev/inject': 'yes' } }))[0] ?? '',
      /must be "true", or the webhook .* it is "yes"/,
    );
    assert.match(
      warnings(deployment({}, { labels: { 'share.bookend.dev/www': 'x' } }))[0] ?? '',
      /is a label; a share is an annotation/,
    );
  });

  test('are found where the label asks for shares that nobody names, or a key is mistyped', () => {
    assert.match(
      warnings(deployment({}, { labels: inject }))[0] ?? '',
      /^spec\.template\.metadata\.labels\[share\.bookend\.dev\/inject\]: needs an annotation .* every Pod is rejected/,
    );
    const mistyped = { 'shares.bookend.dev/www': 'app:/srv/www -> web:/html:ro' };
    assert.match(
      warnings(deployment({}, { annotations: mistyped }))[0] ?? '',
      /is unknown: did you mean share\.bookend\.dev\/www\?/,
    );
    assert.match(warnings(deployment({ annotations: mistyped }))[0] ?? '', /^metadata\.annotations\[shares\.bookend\.dev\/www\]/);
  });

  test('are found on objects that have no Pods, and on a Rollout as on a Deployment', () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop', annotations: share } };
    assert.match(warnings(service)[0] ?? '', /Service shop has no Pod template that Bookend knows/);
    const rollout = { ...deployment({ annotations: share }), apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout' };
    assert.match(warnings(rollout)[0] ?? '', /share www is on the workload itself/);
  });
});

describe('A Knative Service', () => {
  test('gets a warning that init containers may be switched off', () => {
    const service = { ...deployment({}), apiVersion: 'serving.knative.dev/v1', kind: 'Service' };
    assert.match(kindWarnings(service)[0]?.message ?? '', /kubernetes\.podspec-init-containers/);
    assert.deepEqual(kindWarnings({ ...service, apiVersion: 'v1' }), []);
  });
});
