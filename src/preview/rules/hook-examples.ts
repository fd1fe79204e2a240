/** The hook of the examples: an account, its rights, and a Job that runs before the deletion. */
import { account, deployment, documents, hookAnnotations, keepAnnotations, widgetCrd } from './examples.ts';

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

export function hookExample(example: HookExample): string {
  return documents(hookOfExample(example), deployment('widget-operator', withoutToken), widgetCrd(keepAnnotations));
}

const withoutToken = 'automountServiceAccountToken: false';

/** Only the hook. */
export function hookOfExample({
  policies,
  jobPolicies = policies,
  image = 'registry.example.com/widget-operator:1',
  script = 'kubectl delete widgets.example.com --all --all-namespaces --timeout=110s',
  rule = '{apiGroups: [example.com], resources: [widgets], verbs: [get, list, watch, delete]}',
  spec = 'activeDeadlineSeconds: 120',
  podSpec,
}: HookExample): string {
  const ofAccess = [-10, -9, -8].map((weight) => hookAnnotations(weight, policies));
  return documents(
    account('cleanup', rule, ofAccess),
    `apiVersion: batch/v1
kind: Job
metadata: {name: cleanup, namespace: shop${hookAnnotations(0, jobPolicies)}}
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
`,
  );
}
