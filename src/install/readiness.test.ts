import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KubernetesObject } from '../objects/object.ts';
import { notReady } from './readiness.ts';

const object = (apiVersion: string, kind: string, body: object = {}, metadata: object = {}): KubernetesObject => ({
  apiVersion,
  kind,
  metadata: { name: 'x', generation: 2, ...metadata },
  ...body,
});

describe('an object is ready', () => {
  test('at once when it has no status to wait for', () => {
    assert.equal(notReady(object('v1', 'ConfigMap')), undefined);
    assert.equal(notReady(object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } })), undefined);
  });

  test('never while it is being deleted', () => {
    assert.equal(notReady(object('v1', 'ConfigMap', {}, { deletionTimestamp: '2026-01-01T00:00:00Z' })), 'is being deleted');
  });

  test('as a Deployment when its controller has seen it and all its replicas are new and available', () => {
    const deployment = (status: object) => object('apps/v1', 'Deployment', { spec: { replicas: 2 }, status });
    assert.equal(notReady(deployment({})), 'its controller has not observed it yet');
    assert.equal(
      notReady(deployment({ observedGeneration: 1, updatedReplicas: 2, availableReplicas: 2 })),
      'its controller has not observed it yet',
    );
    assert.equal(notReady(deployment({ observedGeneration: 2, updatedReplicas: 1 })), '1 of 2 replicas are updated');
    assert.equal(
      notReady(deployment({ observedGeneration: 2, updatedReplicas: 2, availableReplicas: 1 })),
      '1 of 2 replicas are available',
    );
    assert.equal(
      notReady(deployment({ observedGeneration: 2, replicas: 3, updatedReplicas: 2, availableReplicas: 2 })),
      '1 old replicas still run',
    );
    assert.equal(
      notReady(deployment({ observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 })),
      undefined,
    );
  });

  test('as a DaemonSet when each node has a new, available Pod', () => {
    const daemonSet = (status: object) => object('apps/v1', 'DaemonSet', { status: { observedGeneration: 2, ...status } });
    assert.equal(notReady(daemonSet({ desiredNumberScheduled: 2, updatedNumberScheduled: 1 })), '1 of 2 Pods are updated');
    assert.equal(
      notReady(daemonSet({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 })),
      '1 of 2 Pods are available',
    );
    assert.equal(notReady(daemonSet({ desiredNumberScheduled: 0 })), undefined, 'no node wants it');
  });

  test('as a StatefulSet up to its partition', () => {
    const set = (status: object) =>
      object('apps/v1', 'StatefulSet', {
        spec: { replicas: 3, updateStrategy: { rollingUpdate: { partition: 2 } } },
        status: { observedGeneration: 2, ...status },
      });
    assert.equal(notReady(set({ readyReplicas: 2 })), '2 of 3 replicas are ready');
    assert.equal(notReady(set({ readyReplicas: 3, updatedReplicas: 0 })), '0 of 1 replicas are updated');
    assert.equal(notReady(set({ readyReplicas: 3, updatedReplicas: 1 })), undefined);
  });

  test('as a Job when it has done its work, and says why when it failed', () => {
    const job = (type: string) =>
      object('batch/v1', 'Job', { status: { conditions: [{ type, status: 'True', message: 'too many retries' }] } });
    assert.equal(notReady(job('Complete')), undefined);
    assert.equal(notReady(job('Failed')), 'has failed: too many retries');
    assert.equal(notReady(object('batch/v1', 'Job')), 'has not completed yet');
    assert.equal(notReady(object('batch/v1', 'Job', { spec: { suspend: true } })), undefined);
  });

  test('as a custom resource when it has no Ready condition, or a true one of this generation', () => {
    const custom = (status: object) => object('example.dev/v1', 'Widget', { status });
    assert.equal(notReady(custom({})), undefined);
    assert.equal(notReady(custom({ observedGeneration: 1 })), 'its controller has not observed it yet');
    assert.equal(
      notReady(custom({ conditions: [{ type: 'Ready', status: 'False', reason: 'NoDisk' }] })),
      'is not Ready: NoDisk',
    );
    assert.equal(notReady(custom({ conditions: [{ type: 'Ready', status: 'True' }] })), undefined);
  });

  test('a custom resource of a kind named Job is not taken for a Job', () => {
    assert.equal(notReady(object('batch.example.dev/v1', 'Job')), undefined);
  });

  test('as a webhook configuration at once, unless cert-manager has yet to write its CA', () => {
    const configuration = (annotations: object, clientConfig: object) =>
      object(
        'admissionregistration.k8s.io/v1',
        'ValidatingWebhookConfiguration',
        { webhooks: [{ name: 'a', clientConfig }] },
        { annotations },
      );
    const inject = { 'cert-manager.io/inject-ca-from': 'a/serving' };
    assert.equal(notReady(configuration({}, {})), undefined);
    assert.equal(notReady(configuration(inject, {})), 'waits for cert-manager to write its caBundle');
    assert.equal(notReady(configuration(inject, { caBundle: 'Y2E=' })), undefined);
  });

  test('as a CustomResourceDefinition when it is established', () => {
    const crd = (status: string) =>
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        status: { conditions: [{ type: 'Established', status }] },
      });
    assert.equal(notReady(crd('False')), 'is not Established yet');
    assert.equal(notReady(crd('True')), undefined);
  });
});
