/**
 * The operator of examples/own-operator: each Widget gets a Deployment and a finalizer of ours, and is let go when the operator has done its
 * part. Like many operators it leaves the Deployment to Kubernetes' garbage collection, so that Pods still run when their Widget is gone.
 *
 * Environment: WIDGET_IMAGE, WIDGET_IMAGE_PULL_POLICY and WIDGET_SERVICE_ACCOUNT for the Deployment's Pods, LEDGER the ConfigMap they write to.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { apply, ownNamespace, reconcileEach, request } from './api.mjs';

const { WIDGET_IMAGE, WIDGET_IMAGE_PULL_POLICY, WIDGET_SERVICE_ACCOUNT, LEDGER } = process.env;
const widgets = `/apis/example.com/v1/namespaces/${ownNamespace}/widgets`;
const finalizer = 'example.com/widget-operator';

process.on('SIGTERM', () => process.exit(0));

await reconcileEach(widgets, async (widget) => {
  const { name, deletionTimestamp, finalizers = [] } = widget.metadata;
  if (deletionTimestamp) {
    if (!finalizers.includes(finalizer)) return;
    await pause(1000); // Stands for what a real operator takes down outside the cluster.
    await changeFinalizers(widget, (list) => list.filter((entry) => entry !== finalizer));
    console.log(`Widget ${name} is let go`);
    return;
  }
  if (!finalizers.includes(finalizer)) await changeFinalizers(widget, (list) => [...list, finalizer]);
  await apply(`/apis/apps/v1/namespaces/${ownNamespace}/deployments/widget-${name}`, deploymentFor(widget), 'widget-operator');
  console.log(`Widget ${name} has its Deployment`);
});

/** The resourceVersion makes the API server refuse the change when somebody else was faster; the next event brings it again. */
function changeFinalizers({ metadata }, change) {
  const patch = { metadata: { resourceVersion: metadata.resourceVersion, finalizers: change(metadata.finalizers ?? []) } };
  return request('PATCH', `${widgets}/${metadata.name}`, patch, 'application/merge-patch+json').catch((error) => {
    if (error.status !== 409 && error.status !== 404) throw error;
  });
}

function deploymentFor({ apiVersion, kind, metadata, spec }) {
  const labels = { 'app.kubernetes.io/name': 'widget', 'app.kubernetes.io/instance': metadata.name };
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `widget-${metadata.name}`, labels, ownerReferences: [owner] },
    spec: {
      replicas: spec.replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: WIDGET_SERVICE_ACCOUNT,
          terminationGracePeriodSeconds: 30,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            runAsGroup: 65532,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [container(spec)],
        },
      },
    },
  };
}

function container({ stopSeconds }) {
  return {
    name: 'widget',
    image: WIDGET_IMAGE,
    imagePullPolicy: WIDGET_IMAGE_PULL_POLICY,
    args: ['/app/widget.mjs'],
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      { name: 'LEDGER', value: LEDGER },
      { name: 'PAUSE_MS', value: String(stopSeconds * 1000) },
    ],
    ports: [{ name: 'health', containerPort: 8080 }],
    readinessProbe: { httpGet: { path: '/', port: 'health' }, periodSeconds: 1 },
    lifecycle: { preStop: { exec: { command: ['/usr/bin/node', '/app/widget-stop.mjs'] } } },
    resources: { requests: { cpu: '10m', memory: '48Mi' }, limits: { memory: '128Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
  };
}
