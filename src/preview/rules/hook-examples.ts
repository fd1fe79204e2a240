/** The hook of the examples: an account, its rights, and a Job that runs before the deletion. */
import { keepAnnotations, widgetCrd } from './examples.ts';

export type HookExample = {
  /** Delete policies of the account and its rights. */
  policies?: string;
  /** Of the Job, when they differ. */
  jobPolicies?: string;
  image?: string;
  /** The line of shell that the Job runs. */
  script?: string;
  /** A rule of the ClusterRole. */
  rule?: string;
  /** A line of the Job's spec. */
  spec?: string;
  /** Lines of the Pod's spec. */
  podSpec?: string;
};

const whole = 'before-hook-creation,hook-succeeded';

export function hookExample(example: HookExample): string {
  const {
    policies = whole,
    jobPolicies = policies,
    image = 'registry.example.com/widget-operator:1',
    script = 'kubectl delete widgets.example.com --all --all-namespaces --timeout=110s',
    rule = '{apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch, delete]}',
    spec = 'activeDeadlineSeconds: 120',
    podSpec,
  } = example;
  const annotations = (weight: number, deletePolicies: string) =>
    `{helm.sh/hook: pre-delete, helm.sh/hook-weight: "${weight}"${deletePolicies === '' ? '' : `, helm.sh/hook-delete-policy: "${deletePolicies}"`}}`;
  return `apiVersion: v1
kind: ServiceAccount
metadata: {name: cleanup, namespace: shop, annotations: ${annotations(-10, policies)}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: cleanup, annotations: ${annotations(-9, policies)}}
rules:
  - ${rule}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: cleanup, annotations: ${annotations(-8, policies)}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cleanup}
subjects: [{kind: ServiceAccount, name: cleanup, namespace: shop}]
---
apiVersion: batch/v1
kind: Job
metadata: {name: cleanup, namespace: shop, annotations: ${annotations(0, jobPolicies)}}
spec:
${spec === '' ? '' : `  ${spec}\n`}  template:
    spec:
      serviceAccountName: cleanup
      restartPolicy: Never
${podSpec === undefined ? '' : `      ${podSpec}\n`}      containers:
        - name: cleanup
          image: ${image}
          command:
            - sh
            - -c
            - |
              ${script}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: widget-operator, namespace: shop}
spec:
  selector: {matchLabels: {app: widget-operator}}
  template:
    metadata: {labels: {app: widget-operator}}
    spec:
      automountServiceAccountToken: false
      containers: [{name: operator, image: registry.example.com/widget-operator:1}]
---
${widgetCrd(keepAnnotations)}`;
}
