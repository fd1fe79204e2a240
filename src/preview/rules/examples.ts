/** The small manifests that examples are put together from, so that each shows only what makes its rule fire. */

/** Several documents as one manifest. */
export function documents(...all: readonly string[]): string {
  return all.join('---\n');
}

/** The same in another namespace than the one of all examples. */
export function inNamespace(namespace: string, ...all: readonly string[]): string {
  return documents(...all).replaceAll('namespace: shop', `namespace: ${namespace}`);
}

/** A workload with nothing special but what is said of its Pods and of its container, as lines of YAML. */
export function workload(kind: 'Deployment' | 'DaemonSet', name: string, { pod = '', container = '' } = {}): string {
  const image = `registry.example.com/${name}:1`;
  const containers =
    container === ''
      ? `containers: [{name: ${name}, image: ${image}}]`
      : `containers:\n  - name: ${name}\n    image: ${image}\n${lines(container, 4)}`;
  return `apiVersion: apps/v1
kind: ${kind}
metadata: {name: ${name}, namespace: shop}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
${lines(pod, 6)}${lines(containers, 6)}`;
}

export function deployment(name: string, pod = ''): string {
  return workload('Deployment', name, { pod });
}

/** The Service of a workload. */
export function service(name: string): string {
  return `apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {selector: {app: ${name}}, ports: [{port: 443}]}
`;
}

/** An account with a ClusterRole of one rule and its binding; `metadata` is added to that of each, in this order. */
export function account(name: string, rule: string, metadata: readonly string[] = ['', '', '']): string {
  return documents(
    `apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, namespace: shop${metadata[0]}}
`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}${metadata[1]}}
rules:
  - ${rule}
`,
    `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${name}${metadata[2]}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${name}}
subjects: [{kind: ServiceAccount, name: ${name}, namespace: shop}]
`,
  );
}

/** The definition of Widgets; of a second version and of conversion where they are given, as lines of YAML. */
export function widgetCrd(metadata = '', spec = ''): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com${metadata}}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
${lines(spec, 2)}  versions:
    - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`;
}

export function widget(metadata = ''): string {
  return `apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop${metadata}}
`;
}

/** What answers for a webhook: a Deployment behind a Service. */
export const webhookServer = documents(service('widget-webhook'), deployment('widget-webhook'));

export const keepAnnotations = ', annotations: {helm.sh/resource-policy: keep}';

/** The annotations of a pre-delete hook that goes when it has succeeded, unless other policies are given. */
export function hookAnnotations(weight: number, policies = 'before-hook-creation,hook-succeeded'): string {
  const policy = policies === '' ? '' : `, helm.sh/hook-delete-policy: "${policies}"`;
  return `, annotations: {helm.sh/hook: pre-delete, helm.sh/hook-weight: "${weight}"${policy}}`;
}

/** Lines of YAML in their place. */
function lines(text: string, indent: number): string {
  return text === '' ? '' : text.trimEnd().replaceAll(/^/gm, ' '.repeat(indent)).concat('\n');
}
