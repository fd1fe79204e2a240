import assert from 'node:assert/strict';
import { test } from 'node:test';
import { preview } from '../preview.ts';
import { chart, helm4 } from '../testing/subjects.ts';

const operator = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: manager}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: manager}
rules: [{apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: [get, list, watch, update, patch]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: manager}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: manager}
subjects: [{kind: ServiceAccount, name: manager, namespace: shop}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: manager}
spec:
  selector: {matchLabels: {app: manager}}
  template:
    metadata: {labels: {app: manager}}
    spec: {serviceAccountName: manager, containers: [{name: manager, image: registry.example.com/widget-manager:1}]}
---
`;

const hook = (script: string) => `
apiVersion: batch/v1
kind: Job
metadata: {name: sweep, annotations: {helm.sh/hook: post-delete}}
spec:
  template:
    spec:
      serviceAccountName: sweeper
      restartPolicy: Never
      containers: [{name: sweep, image: registry.example.com/tools:1, command: [sh, -c, "${script}"]}]
`;

const judged = async (yaml: string) => {
  const { findings } = await preview(chart(yaml), helm4, { beside: 'never' });
  return findings.filter(({ rule }) => rule === 'hook-deadline');
};

test('a time-out that rests on custom resources which nobody has seen is a warning, and says so', async () => {
  const [found] = await judged(operator + hook('kubectl delete crd widgets.example.com'));
  assert.equal(found?.severity, 'warning');
  assert.match(found?.consequence ?? '', /depends on whether there are custom resources whose finalizer nobody removes/);
});
