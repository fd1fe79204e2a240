/** The operator of the examples, with its Widgets: deleted in the wrong order, and by a hook in the right one. */
import { keepAnnotations, widgetCrd } from './examples.ts';
import type { Example } from './rule.ts';

export const operatorFirst: Example = {
  says: 'The Widget has a finalizer of the operator, and goes last.',
  yaml: `${operator()}---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop, finalizers: [example.com/cleanup]}
`,
};

export const resourcesFirst: Example = {
  says: 'A pre-delete hook deletes the Widgets while the operator lives.',
  yaml: `${operator()}---
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: cleanup, namespace: shop, annotations: ${hook(-10)}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cleanup, annotations: ${hook(-9)}}
rules:
  - {apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch, delete]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cleanup, annotations: ${hook(-8)}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cleanup}
subjects: [{kind: ServiceAccount, name: cleanup, namespace: shop}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: cleanup, namespace: shop, annotations: ${hook(0)}}
spec:
  activeDeadlineSeconds: 120
  template:
    spec:
      serviceAccountName: cleanup
      restartPolicy: Never
      containers:
        - name: kubectl
          image: registry.example.com/kubectl:1
          command: [kubectl, delete, widgets.example.com, --all, --all-namespaces, --wait, --timeout=110s]
`,
};

function hook(weight: number): string {
  return `{helm.sh/hook: pre-delete, helm.sh/hook-weight: "${weight}", helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}`;
}

/** The operator of the two examples. */
function operator(): string {
  return `${widgetCrd(keepAnnotations)}---
apiVersion: v1
kind: ServiceAccount
metadata: {name: widget-operator, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: widget-operator}
rules:
  - {apiGroups: [example.com], resources: [widgets, widgets/status, widgets/finalizers], verbs: [get, list, watch, update, patch]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: widget-operator}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: widget-operator}
subjects: [{kind: ServiceAccount, name: widget-operator, namespace: shop}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: widget-operator, namespace: shop}
spec:
  selector: {matchLabels: {app: widget-operator}}
  template:
    metadata: {labels: {app: widget-operator}}
    spec:
      serviceAccountName: widget-operator
      containers: [{name: operator, image: registry.example.com/widget-operator:1}]
`;
}
