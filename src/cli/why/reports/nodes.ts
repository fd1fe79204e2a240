/** Reports about nodes that are drained or lost while something waits for their Pods. */
import { controller, crd, place, type Report } from './report.ts';

export const nodes: readonly Report[] = [
  {
    source: 'kubernetes-sigs/cluster-api#13508',
    cause: 'The node of the Machine is silent, and a budget refuses to evict a Pod that does not run any more.',
    cure: 'Bring the node back, or delete the Pod or its budget.',
    ask: 'machines/m1 -n org',
    manifests: `${crd('cluster.x-k8s.io', 'Machine', 'machines', { versions: 'v1beta1' })}
${place('org', 'stays')}
${place('db', 'stays')}
${place('capi-system', 'stays')}
${controller('capi-system', 'capi-controller-manager', 'cluster.x-k8s.io')}
---
apiVersion: v1
kind: Node
metadata: {name: n1, uid: n1}
status: {conditions: [{type: Ready, status: Unknown, reason: NodeStatusUnknown, message: Kubelet stopped posting node status.}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: db-pdb, namespace: db}
spec: {minAvailable: 1, selector: {matchLabels: {app: db}}}
status: {disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1, expectedPods: 1}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: db, uid: sts}
spec: {replicas: 1, serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: main, image: "db:1"}]}}}
---
apiVersion: v1
kind: Pod
metadata: {name: db-0, namespace: db, uid: pod-db, labels: {app: db}, ownerReferences: [{apiVersion: apps/v1, kind: StatefulSet, name: db, uid: sts, controller: true}]}
spec: {nodeName: n1, containers: [{name: main, image: "db:1"}]}
status: {phase: Running, containerStatuses: [{name: main, state: {running: {}}}]}
---
apiVersion: cluster.x-k8s.io/v1beta1
kind: Machine
metadata: {name: m1, namespace: org, DELETED, finalizers: [machine.cluster.x-k8s.io]}
status: {conditions: [{type: DrainingSucceeded, status: "False", reason: Draining, message: "Drain not completed yet: Node n1 is unreachable. Pod db/db-0: cannot evict pod as it would violate the pod's disruption budget. The disruption budget db-pdb needs 1 healthy pods and has 0 currently"}]}`,
    says: [
      /^Node n1 is not ready: its Pods cannot be seen to end$/,
      /^Pod db\/db-0, which it names, has not been evicted$/,
      /^PodDisruptionBudget db\/db-pdb allows no eviction$/,
    ],
    not: /kubectl delete (nodes|statefulsets)/,
    command: /^kubectl delete pods\/db-0 -n db$/,
    isFreed: false,
  },
];
