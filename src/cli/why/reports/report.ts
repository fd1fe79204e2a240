/**
 * Public reports of deletions that were stuck, as small manifests: what the reporter saw, the cause that the thread
 * found, and the cure that worked. Names of objects and the words of controllers are theirs; everything else is ours.
 */

export type Report = {
  /** Repository and number of the issue. */
  source: string;
  cause: string;
  cure: string;
  /** The arguments of `bookend why`. */
  ask: string;
  /** YAML; `DELETED` is 20 minutes ago. */
  manifests: string;
  /** Every one must match some sentence of the answer. */
  says: readonly RegExp[];
  /** What the answer must not contain: a wrong culprit, or a command that does harm. */
  not?: RegExp;
  /** A command of some remedy; undefined where nothing in the cluster helps. */
  command: RegExp | undefined;
  /** The controller cleans up when it runs: its Deployment as `namespace/name`, with the kind and the finalizer. */
  serves?: { apiVersion: string; kind: string; finalizer: string; deployment: string };
  /** Default 7: blocked. */
  exit?: 0 | 7;
  /** The first remedy of each blocker, done in reading order, sets the object free. Default true. */
  isFreed?: boolean;
};

/** A definition with the kind as its plural says; versions from the newest on, the last is stored. */
export function crd(
  group: string,
  kind: string,
  plural: string,
  options: { scope?: 'Cluster'; versions?: string; more?: string } = {},
) {
  const { scope = 'Namespaced', versions = 'v1', more = '' } = options;
  const list = versions.split(' ');
  const schema = 'schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}';
  const served = list.map((name, at) => `{name: ${name}, served: true, storage: ${at === list.length - 1}, ${schema}}`);
  return `---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: ${plural}.${group}, uid: ${plural}${more.includes('DELETED') ? `, ${more}` : ''}}
spec:
  group: ${group}
  scope: ${scope}
  names: {kind: ${kind}, plural: ${plural}, singular: ${kind.toLowerCase()}, listKind: ${kind}List}
  versions: [${served.join(', ')}]
  ${more.includes('DELETED') ? '' : more}`;
}

/** A controller with its account and rights. @param options `replicas` running Pods */
export function controller(namespace: string, name: string, group: string, options: { replicas?: number; rules?: string } = {}) {
  const { replicas = 1, rules = `[{apiGroups: [${group}], resources: ["*"], verbs: ["*"]}]` } = options;
  const pod =
    replicas === 0
      ? ''
      : `---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: ${name}-1, namespace: ${namespace}, uid: ${name}-rs, labels: {app: ${name}, pod-template-hash: "1"}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: ${name}, uid: ${name}, controller: true}]}
spec: {replicas: 1, selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {serviceAccountName: ${name}, containers: [{name: manager, image: "${name}:1"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: ${name}-1-x, namespace: ${namespace}, uid: ${name}-pod, labels: {app: ${name}, pod-template-hash: "1"}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: ${name}-1, uid: ${name}-rs, controller: true}]}
spec: {nodeName: n1, serviceAccountName: ${name}, containers: [{name: manager, image: "${name}:1"}]}
status: {phase: Running, conditions: [{type: Ready, status: "True"}], containerStatuses: [{name: manager, ready: true, state: {running: {}}}]}`;
  return `---
apiVersion: v1
kind: ServiceAccount
metadata: {name: ${name}, namespace: ${namespace}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}}
rules: ${rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: ${name}}
subjects: [{kind: ServiceAccount, name: ${name}, namespace: ${namespace}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}, uid: ${name}}
spec: {replicas: ${replicas}, selector: {matchLabels: {app: ${name}}}, template: {metadata: {labels: {app: ${name}}}, spec: {serviceAccountName: ${name}, containers: [{name: manager, image: "${name}:1"}]}}}
${pod}`;
}

/** A Namespace, being deleted or not, with a condition of its controller. */
export function place(name: string, state: 'stays' | 'goes', condition?: { type: string; message: string }) {
  const conditions = condition
    ? `, conditions: [{type: ${condition.type}, status: "True", message: ${JSON.stringify(condition.message)}}]`
    : '';
  return `---
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, uid: ns-${name}${state === 'goes' ? ', DELETED' : ''}}
spec: {finalizers: [kubernetes]}
status: {phase: ${state === 'goes' ? 'Terminating' : 'Active'}${conditions}}`;
}

export function apiService(group: string, version: string, service: string) {
  const [namespace, name] = service.split('/');
  return `---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: ${version}.${group}}
spec: {group: ${group}, version: ${version}, groupPriorityMinimum: 100, versionPriority: 100, service: {namespace: ${namespace}, name: ${name}}}
status: {conditions: [{type: Available, status: "False", reason: ServiceNotFound, message: "service/${name} in \\"${namespace}\\" is not present"}]}`;
}

export function webhook(
  configuration: string,
  name: string,
  service: string,
  group: string,
  operations: string,
  resources = '["*"]',
) {
  const [namespace, backend] = service.split('/');
  return `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: ${configuration}}
webhooks: [{name: ${name}, failurePolicy: Fail, sideEffects: None, admissionReviewVersions: [v1], clientConfig: {service: {namespace: ${namespace}, name: ${backend}}}, rules: [{apiGroups: [${group}], apiVersions: ["*"], operations: ${operations}, resources: ${resources}}]}]`;
}
