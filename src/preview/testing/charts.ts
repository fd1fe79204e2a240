/**
 * Manifests that several tests play with, as charts have them: an operator with its custom resource, and an agent on
 * every node.
 */
import { account, service, workload } from '../rules/examples.ts';

/** Definition of Widgets, one Widget with a finalizer, and the Deployment that serves it with its rights. */
export const operatorChart = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, finalizers: [example.com/cleanup]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: manager}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: manager}
rules:
  - {apiGroups: [example.com], resources: [widgets, widgets/finalizers], verbs: ['*']}
  - {apiGroups: [apps], resources: [daemonsets], verbs: [get, list, watch, create]}
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
    spec: {serviceAccountName: manager, containers: [{name: manager, image: example/manager}]}
`;

/** The same without definition and custom resource: a Deployment with rights. */
export const managerChart = operatorChart.slice(operatorChart.indexOf('---\napiVersion: v1'));

/** The manager's webhook, which catches every write of Widgets. */
export const webhookOfManager = `---
${service('manager')}---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: manager}
webhooks:
  - name: widgets.example.com
    failurePolicy: Fail
    sideEffects: None
    admissionReviewVersions: [v1]
    clientConfig: {service: {name: manager, namespace: shop, path: /validate}}
    rules: [{apiGroups: [example.com], apiVersions: ['*'], operations: [CREATE, UPDATE, DELETE], resources: [widgets]}]
`;

/** An account that may write Nodes. */
export const accountOfAgent = `---\n${account('agent', "{apiGroups: [''], resources: [nodes], verbs: [patch]}")}`;

/** A DaemonSet whose preStop hook needs that account, which goes before its Pods do. */
export const agentChart = `${accountOfAgent}---
${workload('DaemonSet', 'agent', {
  pod: 'serviceAccountName: agent',
  container: `lifecycle: {preStop: {exec: {command: [/bin/sh, -c, 'sleep 2; kubectl label node "$NODE" agent-']}}}`,
})}`;

/** A pre-delete hook that deletes all Widgets, with an account of its own. */
export function hookWith(command: string, more: { verbs?: string; policy?: string; spec?: string } = {}): string {
  const { verbs = '[get, list, watch, delete]', policy = 'before-hook-creation, hook-succeeded', spec = '{}' } = more;
  const annotations = (weight: number) =>
    `{helm.sh/hook: pre-delete, helm.sh/hook-weight: "${weight}", helm.sh/hook-delete-policy: "${policy}"}`;
  return `
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: clean, annotations: ${annotations(-10)}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: clean, annotations: ${annotations(-10)}}
rules: [{apiGroups: [example.com], resources: [widgets], verbs: ${verbs}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: clean, annotations: ${annotations(-10)}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: clean}
subjects: [{kind: ServiceAccount, name: clean, namespace: shop}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: clean, annotations: ${annotations(-5)}}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      serviceAccountName: clean
      nodeSelector: ${spec}
      containers: [{name: clean, image: example/kubectl, command: [sh, -ec, '${command}']}]
`;
}
